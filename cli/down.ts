import type { Command } from 'commander';
import { reapLocalTarget } from '../targets/local/index.ts';
import { TargetError } from '../targets/target.ts';
import {
  createContext,
  type PlatformOptions,
  runDirOf,
  withLocalTargetOnly,
  withPlatformOptions,
} from './command.ts';
import { attachOrNothing } from './platform.ts';

/** `stormproof down`: nothing runs any more; the data stays unless told otherwise. */
export function registerDown(program: Command): void {
  const command = program.command('down').description('stop the platform; its data stays');
  withLocalTargetOnly(withPlatformOptions(command), 'pulumi destroy')
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
      const deleteData = options.deleteData === true;
      try {
        // Where nothing was ever started, down is done before it began.
        const target = await attachOrNothing(runDir);
        await target?.down({
          deleteData,
          onProgress: ({ instance, state }) => {
            terminal.status(`${state} ${instance}`);
            if (state !== 'stopping') stopped.push(instance);
          },
        });
      } catch (error) {
        if (!(error instanceof TargetError && error.code === 'damaged')) throw error;
        const names = await reapLocalTarget({ runDir, deleteData });
        terminal.warn(`the state of the platform was damaged; its processes were killed`);
        stopped.push(...names);
      }
      terminal.print(
        stopped.length === 0
          ? 'nothing was running'
          : `stopped ${stopped.length} instances: ${stopped.join(', ')}`,
      );
      terminal.printJson({ stopped, deletedData: deleteData });
    });
}
