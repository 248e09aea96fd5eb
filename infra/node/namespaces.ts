import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeError } from './errors.ts';
import { type Layout, network } from './layout.ts';
import { startMarked } from './processes.ts';
import { runSystemProgram } from './system.ts';

const pollMs = 10;
const startDeadlineMs = 20_000;

/** What the node sees below its own /var. */
const varFolders = ['lib/kubelet', 'lib/containerd', 'lib/cni', 'log/pods', 'log/containers', 'tmp'];

/**
 * Settings of the whole machine that the kubelet writes if they differ from what it wants. It gets to see files that
 * hold its values; the machine's own stay as they are.
 */
const shownSettings = { 'vm/overcommit_memory': 1, 'kernel/panic': 10, 'kernel/panic_on_oops': 1 } as const;

/** What the shell does in the new namespaces before any daemon starts; its first argument is the node's /var. */
const setup = [
  'set -eu',
  // Mounts for pods are made in one place and must appear in others.
  'mount --make-rshared /',
  // The sockets of containerd's shims have fixed places there.
  'mount -t tmpfs tmpfs /run',
  'mount --bind "$1" /var',
  'mkdir /run/sysctl',
  ...Object.entries(shownSettings).flatMap(([setting, value]) => {
    const file = `/run/sysctl/${setting.replace('/', '.')}`;
    return [`echo ${value} >${file}`, `mount --bind ${file} /proc/sys/${setting}`];
  }),
  'ip link set lo up',
  // Pods must reach the node, which 127.0.0.1 would not let them; no interface but lo is needed for that.
  `ip address add ${network.nodeIp}/32 dev lo`,
  // Without a route to them a call from the node would fail before kube-proxy's rules saw it.
  `ip route add ${network.services} dev lo src ${network.nodeIp}`,
  'echo 1 >/proc/sys/net/ipv4/ip_forward',
  'echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables',
].join('\n');

/** The argv that runs a command in every namespace of a node but its user's. */
export function insideAll(namespacePid: number, argv: readonly string[]): readonly string[] {
  return ['nsenter', '-t', String(namespacePid), '-m', '-n', '-p', '-u', '-i', '--', ...argv];
}

/**
 * Makes the namespaces in which a node lives: processes, mounts, network, host name, IPC. Their first process does
 * nothing but hold them; when it ends, the kernel ends every process, mount and interface in them. The network has no
 * way out.
 *
 * @param pause the program of the first process
 * @returns the id of the first process, as seen from here
 * @throws NodeError `refused`
 */
export async function createNamespaces(
  layout: Layout,
  pause: string,
  signal?: AbortSignal | undefined,
): Promise<number> {
  for (const folder of varFolders) await mkdir(join(layout.var, folder), { recursive: true });
  await symlink('/run', join(layout.var, 'run'));
  const namespaces = ['--pid', '--mount', '--net', '--uts', '--ipc', '--mount-proc'];
  const holder = await startMarked(['unshare', '--fork', '--kill-child', ...namespaces, pause], {
    runDir: layout.runDir,
    logFile: join(layout.logs, 'namespaces.log'),
  });
  const namespacePid = await findFirstProcess(holder, pause, layout);
  await runSystemProgram(insideAll(namespacePid, ['sh', '-c', setup, 'sh', layout.var]), { signal });
  return namespacePid;
}

async function findFirstProcess(holder: number, pause: string, layout: Layout): Promise<number> {
  const deadline = performance.now() + startDeadlineMs;
  while (performance.now() < deadline) {
    const child = (await readFile(`/proc/${holder}/task/${holder}/children`, 'utf8').catch(() => '')).trim();
    // Only then is its /proc mounted: unshare does that before it becomes the program.
    const argv = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (child !== '' && argv === `${pause}\0`) return Number(child);
    await delay(pollMs);
  }
  throw new NodeError('refused', `unshare made no namespaces; see ${join(layout.logs, 'namespaces.log')}`);
}
