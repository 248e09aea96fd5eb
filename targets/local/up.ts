import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { brokerUsersOf, portsNeeded, proxiesOf } from '../../topology/derive/index.ts';
import { TargetError } from '../target.ts';
import { ensureCertificates } from './broker-certificates.ts';
import { ensureBrokerKeys } from './broker-keys.ts';
import { ensureClientKeys } from './client-keys.ts';
import { detachDisks, diskPorts, diskService } from './disks.ts';
import { stopAll } from './down.ts';
import type { InstancePlan } from './instance-plan.ts';
import { launch, markOf, waitUntilReady } from './launch.ts';
import type { Layout } from './layout.ts';
import { rotateLog } from './log-tail.ts';
import type { LocalPlan } from './options.ts';
import { pickPorts } from './ports.ts';
import { checkPreconditions } from './preconditions.ts';
import { findMarked, inspect, killProcess, setPaused, terminateProcess } from './process.ts';
import { planInstances } from './programs/index.ts';
import { provision } from './provision.ts';
import { checkRoutes } from './routes.ts';
import { withRunLock } from './run-lock.ts';
import { type InstanceRecord, openState, type RunState, recordOf, type StateStore } from './state.ts';

export type StartProgress = {
  /** An instance, or `provision`: the step that makes streams and consumers. */
  readonly instance: string;
  /** `reaped`: what a crashed run had left was stopped. */
  readonly state: 'reaped' | 'starting' | 'ready';
};

export type UpOptions = {
  readonly onProgress?: ((progress: StartProgress) => void) | undefined;
  /** An abort stops what was started. */
  readonly signal?: AbortSignal | undefined;
  /** How long one instance may take to get ready; default 60,000. */
  readonly deadlineMs?: number | undefined;
};

type Place = { readonly plan: LocalPlan; readonly layout: Layout; readonly root: string };

/**
 * Brings a platform up and waits until every instance is ready. Instances that run stay; what is missing is started
 * with the data it had; what a crashed `up` or `down` left is stopped first.
 *
 * @throws TargetError `busy` when another program starts or stops it, or a platform with another plan runs there;
 *   `unsupported` when something it needs is missing; `not-ready`, naming the instance and its last log lines. What
 *   this call had started is stopped again.
 */
export async function up(place: Place, options: UpOptions): Promise<void> {
  const { plan, layout, root } = place;
  await checkPreconditions(plan, layout, root);
  await withRunLock(layout, async () => {
    const store = openState(layout);
    const previous = await store.read();
    const running = await settlePrevious(place, previous, options);
    const state = await prepare(place, store, running);
    const mine = Object.keys(state.instances).filter((name) => !running?.alive.has(name));
    try {
      await startAll(place, store, state, mine, options);
      await store.update((last) => ({ ...(last ?? state), phase: 'up' }));
    } catch (error) {
      await undo(store, mine, running !== undefined);
      throw error;
    }
  });
}

type Running = { readonly state: RunState; readonly alive: ReadonlySet<string> };

/** @returns what runs and may stay; undefined when nothing does */
async function settlePrevious(
  { plan, layout }: Place,
  previous: RunState | undefined,
  { onProgress }: UpOptions,
): Promise<Running | undefined> {
  const alive = Object.values(previous?.instances ?? {}).filter(isRunning);
  const isInterrupted = previous?.phase !== 'up';
  if (previous !== undefined && alive.length > 0 && !isInterrupted) {
    if (!isDeepStrictEqual(previous.plan, JSON.parse(JSON.stringify(plan)))) {
      throw new TargetError(
        'busy',
        `a platform with other settings runs in ${layout.runDir}; stop it first (\`down\`)`,
      );
    }
    return { state: previous, alive: new Set(alive.map((record) => record.name)) };
  }
  if (previous !== undefined && alive.length > 0) {
    await stopAll(layout, previous, undefined);
    for (const { name } of alive) onProgress?.({ instance: name, state: 'reaped' });
  }
  await Promise.all(findMarked(markOf(layout)).map(killProcess));
  await detachDisks(layout);
  return undefined;
}

/** Writes files and the state from which instances are started. */
async function prepare(
  { plan, layout, root }: Place,
  store: StateStore,
  running: Running | undefined,
): Promise<RunState> {
  const proxies = proxiesOf(plan.topology, plan.proxiedEdges, 'local');
  const previousPorts = (await store.read())?.ports ?? {};
  const needed = { ...portsNeeded(plan.topology, proxies), ...diskPorts(plan) };
  const ports = running?.state.ports ?? (await pickPorts(needed, previousPorts));
  const users = brokerUsersOf(plan.topology).map(({ name }) => name);
  const brokerSecrets = await ensureBrokerKeys(layout, users);
  if (plan.tls) await ensureCertificates(layout, users, process.env);
  if (plan.apiKeys) await ensureClientKeys(layout);
  const plans = planInstances({
    ...{ topology: plan.topology, ports, proxies },
    ...{ plan, layout, brokerSecrets, root, cores: availableParallelism() },
  });
  for (const instance of plans) {
    await writeFiles(instance);
    if (!running?.alive.has(instance.name)) await rotateLog(instance.logFile);
  }
  await rotateLog(layout.log('provision'));
  const records = plans.map((instance): [string, InstanceRecord] => {
    return [instance.name, recordOf(instance, running?.state.instances[instance.name])];
  });
  return store.update(() => ({
    version: 1,
    // A platform that runs stays one even if this program dies while it starts what is missing.
    phase: running === undefined ? 'starting' : 'up',
    plan,
    ports,
    instances: Object.fromEntries(records),
  }));
}

async function writeFiles(instance: InstancePlan): Promise<void> {
  const folders = [...instance.directories, ...instance.files.map(({ path }) => dirname(path))];
  for (const folder of [...folders, dirname(instance.logFile)]) await mkdir(folder, { recursive: true });
  for (const { path, text } of instance.files) {
    await writeFile(path, text, { mode: 0o600 });
    // One that was there keeps the mode that it had.
    await chmod(path, 0o600);
  }
}

/**
 * Everything that needs no streams starts at once; provisioning follows as soon as the brokers are ready, and the rest
 * when it is done.
 */
async function startAll(
  { plan, layout, root }: Place,
  store: StateStore,
  state: RunState,
  mine: readonly string[],
  options: UpOptions,
): Promise<void> {
  const deadlineMs = options.deadlineMs ?? 60_000;
  const failure = new AbortController();
  const signal =
    options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  const start = async (record: InstanceRecord) => {
    signal.throwIfAborted();
    if (mine.includes(record.name)) options.onProgress?.({ instance: record.name, state: 'starting' });
    else if (record.process !== undefined) await setPaused(record.process, false);
    const spawned = await launch(layout, store, record.name);
    await waitUntilReady(record, { spawned, deadlineMs, signal });
    options.onProgress?.({ instance: record.name, state: 'ready' });
  };
  const startEach = (records: readonly InstanceRecord[]) => Promise.all(records.map(start));
  const records = Object.values(state.instances);
  const disks = records.filter((record) => record.service === diskService);
  const brokers = records.filter((record) => record.service === 'nats');
  const withoutStreams = records.filter(
    (record) => !disks.includes(record) && !brokers.includes(record) && !record.needsStreams,
  );
  const withStreams = async () => {
    await startEach(disks);
    await startEach(brokers);
    await checkRoutes(plan, state.ports);
    if (plan.topology.streams.length > 0) {
      options.onProgress?.({ instance: 'provision', state: 'starting' });
      await provision({ plan, ports: state.ports, layout, root, deadlineMs, signal });
      options.onProgress?.({ instance: 'provision', state: 'ready' });
    }
    await startEach(records.filter((record) => record.needsStreams));
  };
  const parts = [withStreams(), startEach(withoutStreams)].map((part) =>
    part.catch((error: unknown) => {
      // The first reason ends the others; it is the one to tell.
      failure.abort(error);
    }),
  );
  await Promise.all(parts);
  signal.throwIfAborted();
}

/** Stops what this `up` has started; a platform that ran before goes on without it. */
async function undo(store: StateStore, mine: readonly string[], wasRunning: boolean): Promise<void> {
  const state = await store.update((last) => {
    if (last === undefined) throw new Error('the state file vanished while the platform was starting');
    return wasRunning ? last : { ...last, phase: 'stopping' };
  });
  const refs = mine.flatMap((name) => state.instances[name]?.process ?? []);
  await Promise.all(refs.map((ref) => terminateProcess(ref, 5_000)));
  if (!wasRunning) await store.update(() => ({ ...state, phase: 'down' }));
}

function isRunning(record: InstanceRecord): boolean {
  return record.process !== undefined && inspect(record.process) !== undefined;
}
