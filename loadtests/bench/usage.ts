import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from '../../targets/target.ts';
import { backendsOf, toxiproxyInstance } from '../../topology/derive/index.ts';
import { names } from '../../topology/index.ts';
import { withBrokers } from './brokers.ts';
import { type MachineReading, readMachine } from './machine-load.ts';
import type { BytesPerOrder } from './results.ts';

/** CPU time of each process since it started, microseconds, by instance. */
type CpuReading = ReadonlyMap<string, { readonly incarnation: string; readonly cpuUs: number }>;

/** Bytes, in every copy. */
type BytesReading = {
  /** Of messages in streams, as the brokers count them. */
  readonly streams: number;
  /** Of all files of the brokers: the streams, their indexes, and the logs of raft, which are compacted now and then. */
  readonly brokerFiles: number;
  /** Of all files of services: their databases with what is not checkpointed yet. */
  readonly databases: number;
};

export type UsageReading = {
  readonly cpu: CpuReading;
  readonly bytes: BytesReading;
  /** Messages in the orders stream. */
  readonly orderMessages: number;
  /** Calls to the provider for several charges, by its own count. */
  readonly batchCalls: number;
  readonly machine: MachineReading | undefined;
  /** CPU time of this process, microseconds: it watches, and is no part of what an order costs. */
  readonly ownCpuUs: number;
  /** Of a clock that only goes forward, milliseconds. */
  readonly atMs: number;
};

/** What everything has used so far. */
export async function readUsage(target: Target): Promise<UsageReading> {
  const { streamBytes, orderMessages } = await readStreams(target);
  const bytes = { streams: streamBytes, ...(await readFileBytes(target)) };
  const batchCalls = await readBatchCalls(target);
  const cpu = await readCpu(target);
  const { user, system } = process.cpuUsage();
  const machine = await readMachine();
  return {
    ...{ cpu, bytes, orderMessages, batchCalls, machine },
    ownCpuUs: user + system,
    atMs: performance.now(),
  };
}

/** Reads the CPU time of everything that a target runs: services, brokers, telemetry backends, proxies. */
async function readCpu(target: Target): Promise<CpuReading> {
  const services = [...backendsOf(target.topology), ...target.topology.services.map(({ name }) => name)];
  const proxied = await target.proxies('client-order');
  const [toxiproxy = ''] = toxiproxyInstance.split(/-\d+$/);
  if (proxied.length > 0) services.push(toxiproxy);
  const instances = (await Promise.all(services.map((service) => target.instances(service)))).flat();
  return new Map(
    instances.flatMap(({ name, incarnation, cpuUs }) =>
      incarnation === undefined || cpuUs === undefined ? [] : [[name, { incarnation, cpuUs }]],
    ),
  );
}

/**
 * What each process used per order between two readings, microseconds. Pure.
 *
 * @throws Error for a process that is not the one it was, or is in one reading only: its figure would be wrong, the sum too
 *   small, and nothing is to start or to end here
 */
export function shareCpu(
  before: CpuReading,
  after: CpuReading,
  orders: number,
): Readonly<Record<string, number>> {
  for (const name of before.keys()) {
    if (!after.has(name)) throw new Error(`${name} ended while it was measured`);
  }
  const used = [...after].map(([name, { incarnation, cpuUs }]): [string, number] => {
    const earlier = before.get(name);
    if (earlier === undefined) throw new Error(`${name} was started while it was measured`);
    if (earlier.incarnation !== incarnation) throw new Error(`${name} was restarted while it was measured`);
    return [name, (cpuUs - earlier.cpuUs) / orders];
  });
  return Object.fromEntries(used);
}

/** By how many bytes an order made everything grow between two readings; what is not messages may have shrunk. Pure. */
export function shareBytes(before: BytesReading, after: BytesReading, orders: number): BytesPerOrder {
  const grown = (of: keyof BytesReading) => (after[of] - before[of]) / orders;
  return {
    streams: grown('streams'),
    brokersOther: grown('brokerFiles') - grown('streams'),
    databases: grown('databases'),
  };
}

/** @throws Error when a provider does not say how often it was called */
async function readBatchCalls(target: Target): Promise<number> {
  const { pspAdmin } = await target.addresses();
  const counts = await Promise.all(
    pspAdmin.map(async (url) => {
      const response = await fetch(`${url}/admin/counters`, { signal: AbortSignal.timeout(5_000) });
      const { batchCalls } = (await response.json()) as { readonly batchCalls?: unknown };
      if (typeof batchCalls !== 'number') throw new Error(`${url} does not say how often it was called`);
      return batchCalls;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Messages and bytes of every stream, from the brokers. */
function readStreams(
  target: Target,
): Promise<{ readonly streamBytes: number; readonly orderMessages: number }> {
  return withBrokers(target, async (_connection, manager) => {
    const infos = await Promise.all(target.topology.streams.map(({ name }) => manager.streams.info(name)));
    return {
      streamBytes: infos.reduce((sum, { state, config }) => sum + state.bytes * config.num_replicas, 0),
      orderMessages: infos.find(({ config }) => config.name === names.ordersStream)?.state.messages ?? 0,
    };
  });
}

/** Bytes that the files below a directory take on disk; files that vanish meanwhile count as none. */
export async function diskBytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return diskBytesBelow(path);
      // A block of stat(2) has 512 bytes, whatever the file system.
      return lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Bytes on disk of every process of a target that keeps files. */
async function readFileBytes(target: Target): Promise<Omit<BytesReading, 'streams'>> {
  const bytesOf = async (services: readonly string[]) => {
    const instances = (await Promise.all(services.map((service) => target.instances(service)))).flat();
    const directories = await Promise.all(instances.map(({ name }) => target.dataDirectory(name)));
    const kept = directories.filter((directory) => directory !== undefined);
    const sizes = await Promise.all(kept.map(diskBytesBelow));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  return {
    brokerFiles: await bytesOf(['nats']),
    databases: await bytesOf(target.topology.services.map(({ name }) => name)),
  };
}
