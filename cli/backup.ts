import type { Command } from 'commander';
import { withBrokers } from '../chaos/index.ts';
import { type BackupManifest, createBackup, restoreBackup } from '../targets/backup/index.ts';
import {
  type CommandContext,
  createContext,
  type PlatformOptions,
  withPlatformOptions,
  withTargetOptions,
} from './command.ts';
import { attachRunning } from './platform.ts';
import { takeTurn } from './turn.ts';

/** `stormproof backup` and `stormproof restore`: streams and the provider's ledger, in a directory. */
export function registerBackup(program: Command): void {
  withTargetOptions(
    program
      .command('backup')
      .description('copy every order and outcome of the running platform to a directory'),
  )
    .argument('<directory>', 'a new directory')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof backup /backups/monday
  $ stormproof backup /backups/monday --target kubernetes    the streams; your provider keeps its own ledger

Orders go on meanwhile. Exit code 1 also when the brokers find messages whose checksums are wrong.`,
    )
    .action(async (directory: string, options: PlatformOptions) => {
      const context = createContext(options);
      const target = await attachRunning(options, context.signal);
      const manifest = await withBrokers(target, { reconnectsMax: 0 }, (connection) =>
        createBackup({ target, connection, directory, ...reporting(context) }),
      );
      tell(manifest, `backed up to ${directory}`, context);
    });

  withPlatformOptions(program.command('restore').description('bring a backup back into an empty platform'))
    .argument('<directory>', 'what `backup` has written')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof down --delete-data && stormproof up && stormproof restore /backups/monday
  $ stormproof audit                                         then: every order, and what became of it`,
    )
    .action(async (directory: string, options: PlatformOptions) => {
      const context = createContext(options);
      const target = await attachRunning(options, context.signal);
      const manifest = await takeTurn(options, () =>
        withBrokers(target, { reconnectsMax: 0 }, (connection) =>
          restoreBackup({ target, connection, directory, ...reporting(context) }),
        ),
      );
      tell(manifest, `restored from ${directory}`, context);
    });
}

function reporting({ terminal, signal }: CommandContext) {
  return { signal, onProgress: (step: string) => terminal.status(step) };
}

function tell(manifest: BackupManifest, done: string, { terminal }: CommandContext): void {
  const mebibytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  const streams = manifest.streams.map(
    ({ stream, state, bytes }) => `  ${stream}: ${state.messages} messages, ${mebibytes(bytes)}`,
  );
  const { ledger } = manifest;
  const last =
    ledger === undefined
      ? "  the provider's ledger is not in it: the provider keeps it"
      : `  the provider's ledger: ${ledger.charges} charges, ${mebibytes(ledger.bytes)}`;
  terminal.print([done, ...streams, last].join('\n'));
  terminal.printJson(manifest);
}
