import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { attachLocalTarget } from '../targets/local/index.ts';
import type { Instance } from '../targets/target.ts';
import { addTargetOptions, type PlatformOptions, runDirOf, stateDirOption, wholeNumber } from './command.ts';
import { UsageError } from './failure.ts';
import { attachKubernetes } from './kubernetes.ts';

type LogsOptions = PlatformOptions & { readonly lines: number; readonly follow?: boolean };

/** `stormproof logs`: the output of instances, by name (`payment-0`) or service (`payment`). */
export function registerLogs(program: Command): void {
  addTargetOptions(
    program
      .command('logs')
      .description('show what instances have written')
      .addOption(stateDirOption())
      .argument('<names...>', 'instances (payment-0) or services (payment)'),
  )
    .option('-n, --lines <count>', 'how many of the last lines', wholeNumber(0, 1_000_000), 50)
    .option('-f, --follow', 'go on showing what is written')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof logs payment
  $ stormproof logs nats -n 200
  $ stormproof logs order payment -f
  $ stormproof logs order-1 --target kubernetes`,
    )
    .action((names: string[], options: LogsOptions) =>
      options.target === 'kubernetes' ? showPods(names, options) : showFiles(names, options),
    );
}

async function showFiles(names: readonly string[], options: LogsOptions): Promise<void> {
  const target = await attachLocalTarget({ runDir: runDirOf(options) });
  const { instances } = await target.status();
  const chosen = chooseInstances(names, instances).map(({ name }) => target.logFile(name));
  const files = chosen.filter((file) => existsSync(file));
  if (files.length === 0) throw new UsageError('nothing has been written yet');
  const tail = spawn('tail', ['-n', String(options.lines), ...(options.follow ? ['-F'] : []), ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(name, () => tail.kill());
  await new Promise<void>((resolve, reject) => {
    tail.on('error', reject);
    tail.on('close', () => resolve());
  });
}

/** One pod after the other; all at once, each line with its pod's instance, when they are to be followed. */
async function showPods(names: readonly string[], options: LogsOptions): Promise<void> {
  const target = await attachKubernetes(options);
  const instances = await target.allInstances();
  const chosen = chooseInstances(names, instances).filter(({ pod }) => pod !== undefined);
  if (chosen.length === 0) throw new UsageError('none of them has a pod');
  const follow = options.follow === true;
  const show = async ({ name, pod }: Instance) => {
    if (!follow && chosen.length > 1) process.stdout.write(`==> ${name} (${pod}) <==\n`);
    const output = follow && chosen.length > 1 ? prefixed(`${name} `) : process.stdout;
    await target.writeLog(name, output, { lines: options.lines, follow });
  };
  if (follow) await Promise.all(chosen.map(show));
  else for (const instance of chosen) await show(instance);
}

/** A stream whose lines go to standard output, each with a prefix. */
function prefixed(prefix: string): PassThrough {
  const input = new PassThrough();
  createInterface({ input }).on('line', (line) => process.stdout.write(`${prefix}${line}\n`));
  return input;
}

/** @throws UsageError for a name that nothing has */
function chooseInstances(names: readonly string[], instances: readonly Instance[]): readonly Instance[] {
  const chosen = names.flatMap((name) => {
    const found = instances.filter((instance) => instance.name === name || instance.service === name);
    if (found.length > 0) return found;
    const known = [...new Set(instances.map((instance) => instance.service))].join(', ');
    throw new UsageError(`there is no instance or service ${JSON.stringify(name)}; known: ${known}`);
  });
  return [...new Set(chosen)];
}
