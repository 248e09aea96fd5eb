import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { withBrokers } from '../chaos/index.ts';
import {
  type BackupManifest,
  createBackup,
  readBackup,
  restoreBackup,
  withSalvaged,
} from '../targets/backup/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import {
  type CommandContext,
  createContext,
  type PlatformOptions,
  runDirOf,
  withPlatformOptions,
  withTargetOptions,
} from './command.ts';
import { UsageError } from './failure.ts';
import { attachRunning, bringUp, findTools } from './platform.ts';
import { takeTurn } from './turn.ts';

type BackupOptions = PlatformOptions & { readonly fromDiskOf?: string };
type RestoreOptions = PlatformOptions & { readonly inPlace?: boolean };

/** `stormproof backup` and `stormproof restore`: streams and the provider's ledger, in a directory. */
export function registerBackup(program: Command): void {
  withTargetOptions(
    program
      .command('backup')
      .description('copy every order and outcome of the running platform to a directory'),
  )
    .argument('<directory>', 'a new directory')
    .option('--from-disk-of <broker>', 'what one broker has on its disk, while none runs: nats-2')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof backup /backups/monday
  $ stormproof backup /backups/monday --target kubernetes    the streams; your provider keeps its own ledger
  $ stormproof down && stormproof backup /backups/last --from-disk-of nats-2    the other brokers' disks are lost

Orders go on meanwhile. Exit code 1 also when the brokers find messages whose checksums are wrong.`,
    )
    .action(async (directory: string, options: BackupOptions) => {
      const context = createContext(options);
      const manifest = await (options.fromDiskOf === undefined
        ? backUpRunning(directory, options, context)
        : backUpDisk(directory, options.fromDiskOf, options, context));
      tell(manifest, `backed up to ${directory}`, context);
    });

  withPlatformOptions(program.command('restore').description('bring a backup back into an empty platform'))
    .argument('<directory>', 'what `backup` has written')
    .option('--in-place', 'into this platform though it is not empty: what its brokers hold is put aside')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof down --delete-data && stormproof up && stormproof restore /backups/monday
  $ stormproof restore /backups/monday --in-place            the brokers have lost their disks; the provider has not
  $ stormproof audit                                         then: every order, and what became of it`,
    )
    .action(async (directory: string, options: RestoreOptions) => {
      const context = createContext(options);
      const manifest = await takeTurn(options, async () => {
        const isInPlace = options.inPlace === true;
        const target = isInPlace
          ? await emptyBrokers(directory, options, context)
          : await attachRunning(options, context.signal);
        return withBrokers(target, { reconnectsMax: 0 }, (connection) =>
          restoreBackup({ target, connection, directory, keepsLedger: isInPlace, ...reporting(context) }),
        );
      });
      tell(manifest, `restored from ${directory}`, context);
    });
}

async function backUpRunning(
  directory: string,
  options: PlatformOptions,
  context: CommandContext,
): Promise<BackupManifest> {
  const target = await attachRunning(options, context.signal);
  return withBrokers(target, { reconnectsMax: 0 }, (connection) =>
    createBackup({ target, connection, directory, ...reporting(context) }),
  );
}

/** Backs up what one broker has, while no broker runs. */
async function backUpDisk(
  directory: string,
  broker: string,
  options: PlatformOptions,
  context: CommandContext,
): Promise<BackupManifest> {
  if (options.target === 'kubernetes') {
    throw new UsageError(
      '--from-disk-of is for brokers of this machine: copy the disk of a pod to one first',
    );
  }
  const target = await attachLocalTarget({ runDir: runDirOf(options) });
  const brokers = await target.instances('nats');
  if (!brokers.some(({ name }) => name === broker)) {
    const known = brokers.map(({ name }) => name).join(', ');
    throw new UsageError(`--from-disk-of: there is no broker ${JSON.stringify(broker)}; known: ${known}`);
  }
  const running = brokers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
  if (running.length > 0) {
    throw new UsageError(`--from-disk-of: ${running.join(', ')} runs; stop the platform first (\`down\`)`);
  }
  const storeDirectory = await target.dataDirectory(broker);
  if (storeDirectory === undefined) throw new UsageError(`--from-disk-of: ${broker} has no disk`);
  const { 'nats-server': natsServer } = await findTools(['nats-server'], context);
  const workDirectory = dirname(resolve(directory));
  await mkdir(workDirectory, { recursive: true });
  return takeTurn(options, () =>
    withSalvaged(
      {
        ...{ natsServer, topology: target.topology, storeDirectory, workDirectory },
        ...reporting(context),
      },
      (connection) => createBackup({ target, connection, directory, ...reporting(context) }),
    ),
  );
}

/**
 * The platform with brokers that hold nothing. What they held is put aside, and so are the projections: of orders that no
 * backup has they may be all that is left.
 */
async function emptyBrokers(
  directory: string,
  options: PlatformOptions,
  context: CommandContext,
): Promise<LocalTarget> {
  const { terminal } = context;
  await readBackup(directory);
  const target = await attachLocalTarget({ runDir: runDirOf(options) });
  await target.down({
    onProgress: ({ instance, state }) => terminal.status(`${state} ${instance}`),
  });
  const aside = join(target.runDir, `data.${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`);
  await mkdir(aside, { mode: 0o700 });
  for (const { name } of [...(await target.instances('nats')), ...(await target.instances('order'))]) {
    const data = await target.dataDirectory(name);
    if (data !== undefined) await rename(data, join(aside, name));
  }
  terminal.say(`put aside what brokers and projections held: ${aside}`);
  await bringUp(target, options, context);
  return target;
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
