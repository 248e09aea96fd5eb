import { readFile, rename, writeFile } from 'node:fs/promises';
import { withFileLock } from '../../tools/lock.ts';
import type { Ports } from '../../topology/derive/index.ts';
import { TargetError } from '../target.ts';
import type { InstancePlan } from './instance-plan.ts';
import type { Layout } from './layout.ts';
import type { LocalPlan } from './options.ts';
import type { ProcessRef } from './process.ts';

/** What a run directory knows about its platform. Kept as `state.json`; the only truth about what runs. */
export type RunState = {
  readonly version: 1;
  /**
   * `starting` and `stopping` on disk without a holder of the run lock: the program that did it has died, and what it
   * left is reaped.
   */
  readonly phase: 'starting' | 'up' | 'stopping' | 'down';
  readonly plan: LocalPlan;
  readonly ports: Ports;
  readonly instances: Readonly<Record<string, InstanceRecord>>;
};

export type InstanceRecord = Omit<InstancePlan, 'files' | 'directories'> & {
  /** The last process it was; whether that still runs, /proc says. */
  readonly process?: ProcessRef;
  /** What that process was started as, where that is not what the plan says. */
  readonly runsAs?: string;
};

/** What is recorded of a planned instance whose last process, and what that was started as, stay known. */
export function recordOf(
  { files: _files, directories: _directories, ...own }: InstancePlan,
  last: Pick<InstanceRecord, 'process' | 'runsAs'> | undefined,
): InstanceRecord {
  if (last?.process === undefined) return own;
  const { process, runsAs } = last;
  return { ...own, process, ...(runsAs === undefined ? {} : { runsAs }) };
}

/** Reads and changes the state of one run directory. */
export type StateStore = {
  /**
   * @returns undefined when nothing was ever started there
   * @throws TargetError `damaged` when the file makes no sense
   */
  read(): Promise<RunState | undefined>;
  /**
   * Replaces the state by what `change` makes of it, while nobody else changes it.
   *
   * @param change gets undefined when there is no state yet
   */
  update(change: (state: RunState | undefined) => RunState | Promise<RunState>): Promise<RunState>;
};

export function openState(layout: Layout): StateStore {
  const read = () => readState(layout.stateFile);
  // Changes of this process queue here; the lock keeps other processes out.
  let last: Promise<unknown> = Promise.resolve();
  return {
    read,
    update(change) {
      const next = last.then(() =>
        withFileLock(layout.stateLock, {}, async () => {
          const state = await change(await read());
          await writeState(layout.stateFile, state);
          return state;
        }),
      );
      last = next.catch(() => {
        // Whoever asked for that change learns of its failure; the next one goes on from what is on disk.
      });
      return next;
    },
  };
}

async function readState(path: string): Promise<RunState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TargetError('unsupported', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const state = parseState(text);
  if (state === undefined) {
    throw new TargetError(
      'damaged',
      `${path} is damaged, or of another version; \`down\` stops what runs there and puts the file aside`,
    );
  }
  return state;
}

function parseState(text: string): RunState | undefined {
  try {
    const state = JSON.parse(text) as RunState;
    return state.version === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

/** A reader sees the old state or the new one, never a part. */
async function writeState(path: string, state: RunState): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}
