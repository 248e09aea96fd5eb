import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { findCgroups } from './cgroups.ts';
import { type Layout, network } from './layout.ts';
import { findMarked } from './processes.ts';

/** Looks for what a node of that directory has, or had, on this machine: processes, mounts, cgroups, interfaces, files. */
export async function findLeftovers(layout: Layout): Promise<readonly string[]> {
  const { runDir, name } = layout;
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const addresses = Object.entries(networkInterfaces()).flatMap(([label, list]) =>
    (list ?? []).map(({ address }) => ({ label, address })),
  );
  return [
    ...findMarked(runDir).map(({ pid, argv }) => `process ${pid} (${argv[0]})`),
    ...mounts.filter((line) => line.includes(runDir) || line.includes(name)).map((line) => `mount ${line}`),
    ...(await findCgroups(name)).map((path) => `cgroup ${path}`),
    ...addresses
      .filter(({ address }) => isOfNode(address))
      .map(({ label, address }) => `interface ${label} with address ${address}`),
    ...(existsSync(runDir) ? [`directory ${runDir}`] : []),
  ];
}

function isOfNode(address: string): boolean {
  const podPrefix = network.pods.slice(0, network.pods.lastIndexOf('.') + 1);
  return address === network.nodeIp || address.startsWith(podPrefix);
}
