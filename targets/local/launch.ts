import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { probe } from '../probe.ts';
import { TargetError } from '../target.ts';
import type { Layout } from './layout.ts';
import { readLogTail } from './log-tail.ts';
import { checkPortsFree } from './ports.ts';
import { inspect, type Spawned, spawnDetached } from './process.ts';
import type { InstanceRecord, StateStore } from './state.ts';

/** What the mark of every process of a run directory begins with. */
export function markOf(layout: Layout, instance = ''): string {
  return `${layout.runDir}#${instance}`;
}

/**
 * Starts the process of an instance, unless it runs, and records it before anybody else may look.
 *
 * @param runsAs another program than its own, for a service: its name, and its absolute path
 * @returns undefined when it runs already
 * @throws TargetError `unknown-instance`; `not-running` when the platform is down; `busy` when its port is taken;
 *   `unsupported` when its program cannot be started
 */
export async function launch(
  layout: Layout,
  store: StateStore,
  instance: string,
  runsAs?: { readonly main: string; readonly path: string },
): Promise<Spawned | undefined> {
  let spawned: Spawned | undefined;
  await store.update(async (state) => {
    if (state === undefined || state.phase === 'down' || state.phase === 'stopping') {
      throw new TargetError('not-running', `${instance} cannot start: the platform is down`);
    }
    const record = state.instances[instance];
    if (record === undefined) throw new TargetError('unknown-instance', `no instance is called ${instance}`);
    if (record.process !== undefined && inspect(record.process) !== undefined) return state;
    await checkPortsFree(instance, record.ports);
    const { runsAs: _, ...own } = record;
    // A broker whose disk was lost starts with an empty one, and gets everything from the others.
    await mkdir(own.cwd, { recursive: true });
    const argv = runsAs === undefined ? own.argv : [...own.argv.slice(0, -1), runsAs.path];
    spawned = await spawnDetached({ ...own, argv, mark: markOf(layout, instance) });
    const started: InstanceRecord = {
      ...own,
      process: spawned.ref,
      ...(runsAs === undefined ? {} : { runsAs: runsAs.main }),
    };
    return { ...state, instances: { ...state.instances, [instance]: started } };
  });
  return spawned;
}

const pollMs = 50;

/**
 * Waits until an instance says it is ready.
 *
 * @param spawned known when this program started it: its ending is noticed at once and told
 * @throws TargetError `not-ready` with what is missing and its last log lines
 */
export async function waitUntilReady(
  record: InstanceRecord,
  options: {
    readonly spawned?: Spawned | undefined;
    readonly deadlineMs: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { spawned, deadlineMs, signal } = options;
  const ref = spawned?.ref ?? record.process;
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    if (ref === undefined || inspect(ref) === undefined) {
      // The exit is told to this process a moment after the kernel shows it.
      await delay(pollMs);
      const ending = spawned?.ending();
      throw await notReady(
        record,
        `ended${ending === undefined ? '' : ` with ${ending}`} before it was ready`,
      );
    }
    const { isReady, missing } = await probe(record.probeUrl);
    if (isReady) return;
    if (performance.now() >= deadline) {
      throw await notReady(record, `was not ready within ${deadlineMs} ms: ${missing.join('; ')}`);
    }
    await delay(pollMs, undefined, { signal });
  }
}

async function notReady(record: InstanceRecord, what: string): Promise<TargetError> {
  const tail = await readLogTail(record.logFile);
  const log = tail === '' ? 'It logged nothing.' : `The end of ${record.logFile}:\n${tail}`;
  return new TargetError('not-ready', `${record.name} ${what}\n${log}`);
}
