import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { edgeName, platform, type ReplicaCounts, sharingServices } from '../topology/index.ts';
import { InterruptedError } from './failure.ts';
import { defaultStateDir } from './paths.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What a command is run with. */
export type CommandContext = {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C, SIGTERM or a terminal that closes, with an {@link InterruptedError} that names the signal. */
  readonly signal: AbortSignal;
  readonly environment: NodeJS.ProcessEnv;
};

/** Options that every command about a platform has. */
export type PlatformOptions = TargetOptions & { readonly json?: boolean; readonly dir: string };

/** Which platform is meant; without any of them the one of the state directory. */
export type TargetOptions = {
  readonly target?: 'local' | 'kubernetes';
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly orderUrl?: string;
};

/** Adds `--dir` and `--json`. */
export function withPlatformOptions(command: Command): Command {
  return command.addOption(stateDirOption()).option('--json', 'print the result as JSON');
}

/** Adds `--dir`, `--json`, and which platform is meant. */
export function withTargetOptions(command: Command): Command {
  return addTargetOptions(withPlatformOptions(command));
}

/** Adds `--target` and what finds a cluster; each of these says that one is meant. */
export function addTargetOptions(command: Command): Command {
  const ofCluster = (flags: string, description: string) =>
    new Option(flags, description).implies({ target: 'kubernetes' });
  return command
    .addOption(
      new Option('--target <place>', 'where the platform runs')
        .choices(['local', 'kubernetes'])
        .default('local'),
    )
    .addOption(ofCluster('--kubeconfig <file>', 'how to reach the cluster; default as kubectl finds it'))
    .addOption(ofCluster('--context <name>', 'which context of the kubeconfig'))
    .addOption(ofCluster('--namespace <name>', "default the context's, else stormproof"))
    .addOption(
      ofCluster('--order-url <url>', 'where clients reach the order service, by an Ingress for example'),
    );
}

/** For a command that has nothing to do in a cluster: says who does it there. */
export function withLocalTargetOnly(command: Command, instead: string): Command {
  return command.addOption(
    new Option('--target <place>').hideHelp().argParser((place) => {
      if (place !== 'local') throw new InvalidArgumentError(`In a cluster \`${instead}\` does that.`);
      return place;
    }),
  );
}

/** `--dir`, for a command whose output is for people only. */
export function stateDirOption(): Option {
  return new Option('--dir <path>', 'where the platform keeps its state')
    .default(defaultStateDir, '.stormproof in the clone')
    .argParser((text) => {
      // As a path it would be the working directory.
      if (text.trim() === '') throw new InvalidArgumentError('Expected a path.');
      return text;
    });
}

/** `--proxied-edges`, for a command that starts a platform. */
export function proxiedEdgesOption(): Option {
  const edges = platform.edges.map(edgeName);
  return new Option(
    '--proxied-edges <names>',
    'which edges pass through proxies that can disturb them, with commas between; default all',
  ).argParser((text) => {
    const names = text.split(',');
    const unknown = names.filter((name) => !edges.includes(name));
    if (unknown.length === 0) return names;
    throw new InvalidArgumentError(`Unknown: ${unknown.join(', ')}. Expected some of ${edges.join(', ')}.`);
  });
}

/** `--tls`, for a command that starts a platform. */
export function tlsOption(): Option {
  return new Option('--tls', 'have the brokers speak TLS, to each other and to whoever has a certificate');
}

/** `--api-keys`, for a command that starts a platform. */
export function apiKeysOption(): Option {
  return new Option('--api-keys', 'have the order API let in only who has the key of a client');
}

/** Beyond this even the slowest burn, of three days, would be over in less than what metrics take to arrive. */
const alertScaleMax = 3_600;

/** `--alert-scale`, for a command that starts a platform. */
export function alertScaleOption(): Option {
  return new Option(
    '--alert-scale <times>',
    'how many times sooner than in operation alerts fire and end, to try them; default 1',
  ).argParser(wholeNumber(1, alertScaleMax));
}

/** More instances than these would need another machine each. */
const replicasMax = 16;

/** `--replicas`, for a command that starts a platform. */
export function replicasOption(): Option {
  const services = sharingServices(platform);
  return new Option(
    '--replicas <counts>',
    'how many instances share the work of a service, as order=2,payment=2; default one each',
  ).argParser((text): ReplicaCounts => {
    const pairs = text.split(',').map((pair) => /^([^=]+)=(\d{1,3})$/.exec(pair)?.slice(1) ?? [pair]);
    const names = pairs.map(([name]) => name);
    const wrong = pairs.filter(([name = '', count], at) => {
      const isKnown = services.includes(name) && names.indexOf(name) === at;
      return !isKnown || count === undefined || !(Number(count) >= 1 && Number(count) <= replicasMax);
    });
    if (wrong.length === 0) return Object.fromEntries(pairs.map(([name, count]) => [name, Number(count)]));
    throw new InvalidArgumentError(
      `Cannot make sense of ${wrong.map((pair) => pair.join('=')).join(', ')}. ` +
        `Expected each of ${services.join(', ')} at most once, with 1 to ${replicasMax}: order=2,payment=2.`,
    );
  });
}

export function runDirOf(options: PlatformOptions): string {
  return join(resolve(options.dir), 'local');
}

export function runsDirOf(options: PlatformOptions): string {
  return join(resolve(options.dir), 'runs');
}

/** The terminal of a command that a signal may end at any moment, since it changes nothing. */
export function createCommandTerminal(options: { readonly json?: boolean }): Terminal {
  // Whoever read the output has gone (`| head`, a closed terminal); faults are to be healed all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return createTerminal({
    isJson: options.json === true,
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: () => performance.now(),
  });
}

/** Signals that ask to end, with the numbers that a shell adds to 128 for an exit code. */
const endings = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Makes the context of a command and listens to signals until the process ends. The first signal asks the command to
 * wind up; a second one leaves at once, and the next start heals and reaps what is left. An error that nobody caught
 * counts as a signal.
 */
export function createContext(options: { readonly json?: boolean }): CommandContext {
  const terminal = createCommandTerminal(options);
  const controller = new AbortController();
  const wind = (reason: string, exitCode: number) => {
    if (controller.signal.aborted) {
      terminal.warn('left at once; `status` shows what still runs, `down` stops it');
      process.exit(exitCode);
    }
    terminal.warn(`${reason}: winding up, healing and stopping what was started (once more: leave at once)`);
    controller.abort(new InterruptedError(reason));
  };
  for (const [name, number] of Object.entries(endings)) process.on(name, () => wind(name, 128 + number));
  process.on('uncaughtException', (error) => {
    terminal.warn(error.stack ?? String(error));
    wind(`an unexpected error (${error.message})`, 1);
  });
  return { terminal, signal: controller.signal, environment: process.env };
}

/** A commander parser for whole numbers of a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Unique and sortable by time: `storm-20261124-183005-3f9a`. */
export function newRunId(kind: string, now: Date, random: number): string {
  const [date = '', time = ''] = now.toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
  const suffix = Math.floor(random * 0x10000)
    .toString(16)
    .padStart(4, '0');
  return `${kind}-${date}-${time}-${suffix}`;
}
