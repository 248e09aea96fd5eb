import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from '../../targets/target.ts';
import { backendsOf, toxiproxyInstance } from '../../topology/derive/index.ts';

/** CPU time of each process since it started, microseconds, by instance. */
type CpuReading = ReadonlyMap<string, { readonly incarnation: string; readonly cpuUs: number }>;

/** What everything has used so far: CPU time, and bytes on disk. */
export async function readUsage(
  target: Target,
): Promise<{ readonly cpu: CpuReading; readonly diskBytes: number }> {
  return { cpu: await readCpu(target), diskBytes: await readDiskBytes(target) };
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
 * @throws Error for a process that is not the one it was: its figure would be wrong, and nothing is to restart here
 */
export function shareCpu(
  before: CpuReading,
  after: CpuReading,
  orders: number,
): Readonly<Record<string, number>> {
  const used = [...after].map(([name, { incarnation, cpuUs }]): [string, number] => {
    const earlier = before.get(name);
    if (earlier?.incarnation !== incarnation) throw new Error(`${name} was restarted while it was measured`);
    return [name, (cpuUs - earlier.cpuUs) / orders];
  });
  return Object.fromEntries(used);
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
async function readDiskBytes(target: Target): Promise<number> {
  const services = ['nats', ...target.topology.services.map(({ name }) => name)];
  const instances = (await Promise.all(services.map((service) => target.instances(service)))).flat();
  const directories = await Promise.all(instances.map(({ name }) => target.dataDirectory(name)));
  const sizes = await Promise.all(
    directories.map((directory) => (directory === undefined ? 0 : diskBytesBelow(directory))),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
