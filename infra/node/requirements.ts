import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findOnPath } from '../../tools/index.ts';
import { findPluginFolder, pluginFolders, systemPath } from './system.ts';

/** What a node needs of the system: a program, the Debian package that has it, and what it does here. */
const programs = [
  { program: 'containerd', package: 'containerd', purpose: 'runs containers for the kubelet' },
  { program: 'ctr', package: 'containerd', purpose: 'imports images' },
  { program: 'runc', package: 'runc', purpose: 'starts a container' },
  { program: 'iptables', package: 'iptables', purpose: 'lets kube-proxy lead Services to pods' },
  { program: 'ip', package: 'iproute2', purpose: "sets up the node's network" },
  { program: 'unshare', package: 'util-linux', purpose: "makes the node's namespaces" },
  { program: 'nsenter', package: 'util-linux', purpose: "enters the node's namespaces" },
  { program: 'setsid', package: 'util-linux', purpose: 'starts daemons' },
  { program: 'mount', package: 'mount', purpose: 'gives the node a /run and /var of its own' },
  { program: 'openssl', package: 'openssl', purpose: 'makes certificates' },
] as const;

const plugins = {
  program: 'the bridge plugin of containernetworking',
  package: 'containernetworking-plugins',
  purpose: 'connects pods',
} as const;

/** Bits of the capability sets in /proc/<pid>/status; linux/capability.h. */
const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 } as const;

/**
 * Why no node can run on this machine: everything that is missing, and what to do about it.
 *
 * @returns undefined when one can
 */
export async function nodeUnavailable(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `A node needs Linux; this is ${process.platform}.`;
  const problems = [
    ...(await problemsOfUser()),
    ...problemsOfKernel(),
    ...(await problemsOfPackages(systemPath, pluginFolders)),
  ];
  return problems.length === 0 ? undefined : `No node can run here:\n  ${problems.join('\n  ')}`;
}

async function problemsOfUser(): Promise<readonly string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  return missingCapabilities(status).map(
    (name) => `${name} is missing: run this as root, outside a container`,
  );
}

/** @param status the content of /proc/self/status */
export function missingCapabilities(status: string): readonly string[] {
  const effective = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return Object.entries(capabilities)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name);
}

function problemsOfKernel(): readonly string[] {
  const needed = [
    {
      path: '/sys/fs/cgroup/memory/cgroup.procs',
      problem:
        'cgroup v1 is needed, and /sys/fs/cgroup is something else: this node was never tried on cgroup v2',
    },
    {
      path: '/proc/sys/net/bridge/bridge-nf-call-iptables',
      problem: "the kernel's br_netfilter is missing, which leads pods to Services: modprobe br_netfilter",
    },
  ];
  return needed.filter(({ path }) => !existsSync(path)).map(({ problem }) => problem);
}

/** What of the system's programs and plugins is missing in the folders where they are looked for. */
export async function problemsOfPackages(
  path: string,
  pluginFolders: readonly string[],
): Promise<readonly string[]> {
  const missing: { readonly program: string; readonly package: string; readonly purpose: string }[] = [];
  for (const row of programs) {
    if ((await findOnPath(row.program, { PATH: path })) === undefined) missing.push(row);
  }
  if ((await findPluginFolder(pluginFolders)) === undefined) missing.push(plugins);
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((row) => row.package))].join(' ');
  return [
    ...missing.map((row) => `${row.program} (package ${row.package}) is missing: it ${row.purpose}`),
    `On Debian and Ubuntu: apt-get install --no-install-recommends ${packages}`,
  ];
}
