import { rename, rm } from 'node:fs/promises';
import { stopWaves, toxiproxyInstance } from '../../topology/derive/index.ts';
import { detachDisks, diskService } from './disks.ts';
import { markOf } from './launch.ts';
import type { Layout } from './layout.ts';
import { findMarked, inspect, killProcess, terminateProcess } from './process.ts';
import { withRunLock } from './run-lock.ts';
import { type InstanceRecord, openState, type RunState } from './state.ts';

export type DownOptions = {
  /** Whether the run directory goes too, with all data and logs; default false. */
  readonly deleteData?: boolean;
  readonly onProgress?: ((progress: StopProgress) => void) | undefined;
};

export type StopProgress = {
  readonly instance: string;
  /** `killed`: it did not end in time when it was asked to. */
  readonly state: 'stopping' | 'stopped' | 'killed';
};

/**
 * Stops a platform: callers before callees, each asked first and killed after its grace. Nothing is left running, also
 * nothing that a crashed start had not recorded. May be repeated.
 *
 * @throws TargetError `busy` when another program starts or stops it
 */
export async function down(layout: Layout, options: DownOptions): Promise<void> {
  await withRunLock(layout, async () => {
    const store = openState(layout);
    const state = await store.read();
    if (state !== undefined) {
      // A full disk must not keep a platform running, which may be what fills it.
      const isNoted = await store
        .update(() => ({ ...state, phase: 'stopping' }))
        .then(
          () => true,
          () => false,
        );
      await stopAll(layout, state, options.onProgress);
      if (isNoted) await store.update((last) => ({ ...(last ?? state), phase: 'down' }));
    }
    if (options.deleteData === true) await rm(layout.runDir, { recursive: true, force: true });
  });
}

/**
 * Ends every process that bears a run directory's mark, though its state file cannot be read, and puts that file aside
 * as `state.json.damaged`: what runs then is unknown, its order too, so each is killed.
 *
 * @returns the instances that were killed
 * @throws TargetError `busy` when another program starts or stops the platform
 */
export async function reap(
  layout: Layout,
  options: Pick<DownOptions, 'deleteData'>,
): Promise<readonly string[]> {
  return withRunLock(layout, async () => {
    const found = findMarked(markOf(layout));
    await Promise.all(found.map(killProcess));
    await detachDisks(layout);
    if (options.deleteData === true) await rm(layout.runDir, { recursive: true, force: true });
    else await rename(layout.stateFile, `${layout.stateFile}.damaged`);
    return found.map(({ mark }) => mark.slice(markOf(layout).length));
  });
}

/** Stops every process of a platform, in order. */
export async function stopAll(
  layout: Layout,
  state: RunState,
  onProgress: DownOptions['onProgress'],
): Promise<void> {
  const records = Object.values(state.instances);
  for (const wave of wavesOf(state)) {
    const members = records.filter((record) => wave.includes(record.service));
    await Promise.all(members.map((record) => stopOne(record, onProgress)));
  }
  await Promise.all(findMarked(markOf(layout)).map(killProcess));
  await detachDisks(layout);
}

async function stopOne(record: InstanceRecord, onProgress: DownOptions['onProgress']): Promise<void> {
  if (record.process === undefined || inspect(record.process) === undefined) return;
  onProgress?.({ instance: record.name, state: 'stopping' });
  const { wasKilled } = await terminateProcess(record.process, record.stopGraceMs);
  onProgress?.({ instance: record.name, state: wasKilled ? 'killed' : 'stopped' });
}

/** Proxies stop when nobody calls through them any more, disks when nobody writes. */
function wavesOf(state: RunState): readonly (readonly string[])[] {
  const known = stopWaves(state.plan.topology);
  const toxiproxy = state.instances[toxiproxyInstance]?.service;
  return [...known, ...(toxiproxy === undefined ? [] : [[toxiproxy]]), [diskService]];
}
