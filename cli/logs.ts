import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { attachLocalTarget } from '../targets/local/index.ts';
import { type PlatformOptions, runDirOf, stateDirOption, wholeNumber } from './command.ts';
import { UsageError } from './failure.ts';

/** `stormproof logs`: the output of instances, by name (`payment-0`) or service (`payment`). */
export function registerLogs(program: Command): void {
  program
    .command('logs')
    .description('show what instances have written')
    .addOption(stateDirOption())
    .argument('<names...>', 'instances (payment-0) or services (payment)')
    .option('-n, --lines <count>', 'how many of the last lines', wholeNumber(0, 1_000_000), 50)
    .option('-f, --follow', 'go on showing what is written')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof logs payment
  $ stormproof logs nats -n 200
  $ stormproof logs order payment -f`,
    )
    .action(async (names: string[], options: PlatformOptions & { lines: number; follow?: boolean }) => {
      const target = await attachLocalTarget({ runDir: runDirOf(options) });
      const { instances } = await target.status();
      const chosen = names.flatMap((name) => {
        const found = instances.filter((instance) => instance.name === name || instance.service === name);
        if (found.length === 0) {
          const known = [...new Set(instances.map((instance) => instance.service))].join(', ');
          throw new UsageError(`there is no instance or service ${JSON.stringify(name)}; known: ${known}`);
        }
        return found.map((instance) => target.logFile(instance.name));
      });
      const files = [...new Set(chosen)].filter((file) => existsSync(file));
      if (files.length === 0) throw new UsageError('nothing has been written yet');
      const tail = spawn('tail', ['-n', String(options.lines), ...(options.follow ? ['-F'] : []), ...files], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(name, () => tail.kill());
      await new Promise<void>((resolve, reject) => {
        tail.on('error', reject);
        tail.on('close', () => resolve());
      });
    });
}
