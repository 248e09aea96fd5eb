import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tracesKept } from '../../observability/jaeger/config.ts';
import { readSeed } from '../../services/runtime/broker-login.ts';
import {
  edgeAddresses,
  inboxPrefixOf,
  instancesOf,
  instancesOfService,
  type LocalAddressing,
  localHost,
  portOf,
  proxiesOf,
  toxiproxyInstance,
} from '../../topology/derive/index.ts';
import { topologyDeviations } from '../deviations.ts';
import { probe } from '../probe.ts';
import type { Rotated, RotationOptions } from '../rotate-keys.ts';
import { type Addresses, type Instance, type Target, TargetError } from '../target.ts';
import { readClientKey } from './client-keys.ts';
import { diskOf, disksOf } from './disks.ts';
import { type DownOptions, down, reap } from './down.ts';
import { launch, waitUntilReady } from './launch.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type LocalPlan, type LocalTargetOptions, toLocalPlan } from './options.ts';
import { inspect, killProcess, type ProcessRef, setPaused, terminateProcess } from './process.ts';
import { rotateLocalKeys } from './rotation.ts';
import { checkRoutes } from './routes.ts';
import { type InstanceRecord, openState, type RunState, type StateStore } from './state.ts';
import { type UpOptions, up } from './up.ts';

/** The platform as processes of this machine. */
export type LocalTarget = Target & {
  readonly name: 'local';
  readonly runDir: string;
  /** Whether the brokers' disks can be made to fail. */
  readonly hasDisks: boolean;
  /** Whether the brokers speak TLS. */
  readonly hasTls: boolean;
  /** Whether the order API lets in only who has the key of a client. */
  readonly hasApiKeys: boolean;
  /** How many times sooner than in operation its alerts fire and end. */
  readonly alertScale: number;
  /** How many traces its Jaeger keeps. */
  readonly tracesMax: number;
  /** As {@link up} of up.ts. */
  up(options?: UpOptions): Promise<void>;
  /** As {@link down} of down.ts. */
  down(options?: DownOptions): Promise<void>;
  status(): Promise<LocalStatus>;
  /** As {@link rotateLocalKeys} of rotation.ts. */
  rotateKeys(options?: Pick<RotationOptions, 'onStep'>): Promise<Rotated>;
  /** Where the output of all instances goes. */
  readonly logsDir: string;
  /** The file that an instance's output goes to. */
  logFile(instance: string): string;
};

export type LocalStatus = {
  /** `absent`: nothing was ever started in the run directory. */
  readonly phase: RunState['phase'] | 'absent';
  readonly instances: readonly Instance[];
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyDeadlineMs = 60_000;

/** A platform that this program may bring up. Nothing is touched before the first call. */
export function createLocalTarget(options: LocalTargetOptions): LocalTarget {
  return fromPlan(toLocalPlan(options), layoutOf(options.runDir));
}

/**
 * The platform that some program brought up in a run directory.
 *
 * @throws TargetError `not-running` when none was ever started there, `damaged` when its state file makes no sense
 */
export async function attachLocalTarget(options: { readonly runDir: string }): Promise<LocalTarget> {
  const layout = layoutOf(options.runDir);
  const state = await openState(layout).read();
  if (state === undefined) {
    throw new TargetError('not-running', `no platform was started in ${options.runDir}; start one (\`up\`)`);
  }
  return fromPlan(state.plan, layout);
}

/** As {@link reap} of down.ts: ends the platform of a run directory whose state file is damaged. */
export async function reapLocalTarget(
  options: { readonly runDir: string } & Pick<DownOptions, 'deleteData'>,
): Promise<readonly string[]> {
  return reap(layoutOf(options.runDir), options);
}

function deviationsOf({ overrides, topology }: LocalPlan): readonly string[] {
  return [
    ...Object.entries(overrides).map(([service, main]) => `${service} runs ${main}`),
    ...topologyDeviations(topology),
  ];
}

function fromPlan(plan: LocalPlan, layout: Layout): LocalTarget {
  const store = openState(layout);
  const { topology } = plan;
  const proxies = proxiesOf(topology, plan.proxiedEdges, 'local');
  const names = [
    ...instancesOf(topology, 'local').map((instance) => ({ name: instance.name, service: instance.service })),
    ...(proxies.length > 0 ? [{ name: toxiproxyInstance, service: 'toxiproxy' }] : []),
    ...disksOf(plan),
  ];
  const running = (instance: string) => runningProcess(store, instance);

  const start = async (instance: string, runsAs?: Parameters<typeof launch>[3]) => {
    const spawned = await launch(layout, store, instance, runsAs);
    const record = (await store.read())?.instances[instance];
    if (record === undefined) throw new TargetError('unknown-instance', `no instance is called ${instance}`);
    await waitUntilReady(record, { spawned, deadlineMs: readyDeadlineMs });
    if (record.service === 'nats') await checkRoutes(plan, (await requireState(store)).ports);
  };

  return {
    name: 'local',
    description: 'local',
    ref: { kind: 'local', runDir: layout.runDir },
    topology,
    deviations: deviationsOf(plan),
    isForTests: true,
    runDir: layout.runDir,
    hasDisks: plan.disks,
    hasTls: plan.tls === true,
    hasApiKeys: plan.apiKeys === true,
    alertScale: plan.alertScale ?? 1,
    tracesMax: plan.tracesMax ?? tracesKept,
    up: (options = {}) => up({ plan, layout, root }, options),
    down: (options = {}) => down(layout, options),
    rotateKeys: (options = {}) => rotateLocalKeys(layout, options, process.env),
    logsDir: layout.logsDir,
    logFile: layout.log,

    async status() {
      const state = await store.read();
      const instances = await Promise.all(names.map((instance) => describe(instance, state)));
      return { phase: state?.phase ?? 'absent', instances };
    },

    async instances(service) {
      const members = names.filter((instance) => instance.service === service);
      if (members.length === 0) throw new TargetError('unknown-service', `no service is called ${service}`);
      const state = await store.read();
      return Promise.all(members.map((instance) => describe(instance, state)));
    },

    async kill(instance) {
      await killProcess(await running(instance));
    },

    async terminate(instance, graceMs) {
      return terminateProcess(await running(instance), graceMs);
    },

    canPause: true,

    async pause(instance) {
      await pauseOrResume(instance, await running(instance), true);
    },

    async resume(instance) {
      await pauseOrResume(instance, await running(instance), false);
    },

    start: (instance) => start(instance),

    async startAs(instance, main) {
      const service = names.find(({ name }) => name === instance)?.service;
      if (service !== undefined && !topology.services.some(({ name }) => name === service)) {
        throw new TargetError('unsupported', `${instance} is no service: there is no other program for it`);
      }
      await start(instance, { main, path: resolve(root, main) });
    },

    async proxies(edge) {
      const ofEdge = proxies.filter((proxy) => proxy.edge === edge);
      if (ofEdge.length === 0) return [];
      const { ports } = await requireState(store);
      const at = (instance: string, port: string) => `${localHost}:${portOf(ports, instance, port)}`;
      return ofEdge.map(({ name, caller, callee, calleePort }) => ({
        api: `http://${at(toxiproxyInstance, 'api')}`,
        proxy: name,
        through: at(toxiproxyInstance, name),
        past: at(callee.name, calleePort),
        ...(caller === undefined ? {} : { pair: { from: caller.name, to: callee.name } }),
      }));
    },

    async disk(instance) {
      const name = diskOf(instance);
      if (!disksOf(plan).some((disk) => disk.name === name)) return undefined;
      const { ports } = await requireState(store);
      const control = `http://${localHost}:${portOf(ports, name, 'control')}`;
      return { control, directory: layout.disk(instance) };
    },

    async dataDirectory(instance) {
      const directory = layout.data(instance);
      return existsSync(directory) ? directory : undefined;
    },

    brokerLogin: async (user) => ({
      inboxPrefix: inboxPrefixOf(user),
      seed: () => readSeed(layout.keys.seed(user)),
      ...(plan.tls ? { tls: layout.keys.tls(user) } : {}),
    }),

    ...(plan.apiKeys ? { clientKey: (client: string) => readClientKey(layout, client) } : {}),

    async addresses() {
      const { ports } = await requireState(store);
      return addressesOf({ topology, ports, proxies });
    },

    async close() {
      // Nothing is held open: files and signals are all it takes.
    },
  };
}

async function requireState(store: StateStore): Promise<RunState> {
  const state = await store.read();
  if (state === undefined) throw new TargetError('not-running', 'the platform was never started');
  return state;
}

async function runningProcess(store: StateStore, instance: string): Promise<ProcessRef> {
  const record = (await store.read())?.instances[instance];
  if (record === undefined) throw new TargetError('unknown-instance', `no instance is called ${instance}`);
  if (record.process === undefined || inspect(record.process) === undefined) {
    throw new TargetError('not-running', `${instance} is not running`);
  }
  return record.process;
}

async function pauseOrResume(instance: string, ref: ProcessRef, isPaused: boolean): Promise<void> {
  if (await setPaused(ref, isPaused)) return;
  throw new TargetError('not-running', `${instance} ended while it was ${isPaused ? 'paused' : 'resumed'}`);
}

async function describe(
  instance: { readonly name: string; readonly service: string },
  state: RunState | undefined,
): Promise<Instance> {
  const record: InstanceRecord | undefined = state?.instances[instance.name];
  const facts = record?.process === undefined ? undefined : inspect(record.process);
  if (record?.process === undefined || facts === undefined) {
    return { ...instance, state: 'stopped', isReady: false, missing: ['not running'] };
  }
  const readiness = facts.isPaused ? { isReady: false, missing: ['paused'] } : await probe(record.probeUrl);
  return {
    ...instance,
    ...readiness,
    state: facts.isPaused ? 'paused' : 'running',
    incarnation: `${record.process.pid}@${record.process.startTicks}`,
    pid: record.process.pid,
    ...(record.runsAs === undefined ? {} : { runsAs: record.runsAs }),
    startedAt: new Date(record.process.startedAt),
    cpuUs: facts.cpuUs,
    rssBytes: facts.rssBytes,
  };
}

/**
 * Lists of services that the topology lacks are empty; addresses of backends that it lacks are empty texts. Orders go the
 * way of clients, everything else past proxies.
 */
function addressesOf(addressing: LocalAddressing): Addresses {
  const { topology, ports } = addressing;
  const all = (service: string, port: string, scheme = 'http') =>
    instancesOfService(topology, service, 'local')
      .filter((instance) => ports[instance.name]?.[port] !== undefined)
      .map((instance) => `${scheme}://${localHost}:${portOf(ports, instance.name, port)}`);
  const clients = topology.edges.find(({ from, to }) => from === 'client' && to === 'order');
  return {
    order: clients === undefined ? all('order', 'http') : edgeAddresses(clients, addressing),
    orderAdmin: all('order', 'admin'),
    paymentAdmin: all('payment', 'admin'),
    psp: all('psp', 'http'),
    pspAdmin: all('psp', 'admin'),
    nats: all('nats', 'client', 'nats'),
    natsMonitor: all('nats', 'monitor'),
    prometheus: all('prometheus', 'http')[0] ?? '',
    alertmanager: all('alertmanager', 'http')[0] ?? '',
    alertRecorder: all('alert-recorder', 'http')[0] ?? '',
    jaeger: all('jaeger', 'http')[0] ?? '',
    collectorOtlpHttp: all('collector', 'otlp-http')[0] ?? '',
    serviceAdmin: Object.fromEntries(topology.services.map(({ name }) => [name, all(name, 'admin')])),
  };
}
