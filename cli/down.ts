import type { Command } from 'commander';
import { attachLocalTarget } from '../targets/local/index.ts';
import { TargetError } from '../targets/target.ts';
import { createContext, type PlatformOptions, runDirOf, withPlatformOptions } from './command.ts';

/** `stormproof down`: nothing runs any more; the data stays unless told otherwise. */
export function registerDown(program: Command): void {
  withPlatformOptions(program.command('down').description('stop the platform; its data stays'))
    .option('--delete-data', 'forget the data, logs and configuration too')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof down
  $ stormproof down --delete-data    leave nothing but the reports of runs`,
    )
    .action(async (options: PlatformOptions & { deleteData?: boolean }) => {
      const { terminal } = createContext(options);
      const runDir = runDirOf(options);
      const stopped: string[] = [];
      try {
        const target = await attachLocalTarget({ runDir });
        await target.down({
          deleteData: options.deleteData === true,
          onProgress: ({ instance, state }) => {
            terminal.status(`${state} ${instance}`);
            if (state !== 'stopping') stopped.push(instance);
          },
        });
      } catch (error) {
        // Nothing was ever started: down is done before it began.
        if (!(error instanceof TargetError && error.code === 'not-running')) throw error;
      }
      terminal.print(
        stopped.length === 0
          ? 'nothing was running'
          : `stopped ${stopped.length} instances: ${stopped.join(', ')}`,
      );
      terminal.printJson({ stopped, deletedData: options.deleteData === true });
    });
}
