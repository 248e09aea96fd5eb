import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { InterruptedError } from './failure.ts';
import { defaultStateDir } from './paths.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What a command is run with. */
export type CommandContext = {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C or SIGTERM, with an {@link InterruptedError} that names the signal. */
  readonly signal: AbortSignal;
  readonly environment: NodeJS.ProcessEnv;
};

/** Options that every command about a platform has. */
export type PlatformOptions = { readonly json?: boolean; readonly dir: string };

/** Adds `--dir` and `--json`. */
export function withPlatformOptions(command: Command): Command {
  return command
    .option('--dir <path>', 'where the platform keeps its state', defaultStateDir)
    .option('--json', 'print the result as JSON');
}

export function runDirOf(options: PlatformOptions): string {
  return join(resolve(options.dir), 'local');
}

export function runsDirOf(options: PlatformOptions): string {
  return join(resolve(options.dir), 'runs');
}

/**
 * Makes the context of a command and listens to signals until the process ends. The first signal asks the command to
 * wind up; a second one leaves at once, and the next start heals and reaps what is left.
 */
export function createContext(options: { readonly json?: boolean }): CommandContext {
  const terminal = createTerminal({
    isJson: options.json === true,
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: () => performance.now(),
  });
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      terminal.say(`${name}: healing and stopping what was started (once more: leave at once)`);
      controller.abort(new InterruptedError(name));
    });
  }
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
