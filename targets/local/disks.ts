import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { runProgram } from '../../tools/index.ts';
import { instanceName, instancesOfService, type PortName } from '../../topology/derive/index.ts';
import { TargetError } from '../target.ts';
import type { Layout } from './layout.ts';
import type { LocalPlan } from './options.ts';

/** What the processes are listed as that stand for the brokers' disks. */
export const diskService = 'disk';

/** The disk of a broker: `disk-2` of `nats-2`. */
export function diskOf(broker: string): string {
  return broker.replace(/^nats-/, `${diskService}-`);
}

/** The disks of a plan; empty when its brokers keep their files as everybody does. */
export function disksOf(plan: LocalPlan): readonly { readonly name: string; readonly service: string }[] {
  if (!plan.disks) return [];
  return instancesOfService(plan.topology, 'nats', 'local').map(({ ordinal }) => ({
    name: instanceName(diskService, ordinal),
    service: diskService,
  }));
}

/** What the disks of a plan listen on, as topology/derive tells it of everything else. */
export function diskPorts(plan: LocalPlan): Readonly<Record<string, readonly PortName[]>> {
  return Object.fromEntries(disksOf(plan).map(({ name }) => [name, ['control']]));
}

/** Why there can be no disks that fail on this machine; empty when there can. */
export function problemsOfDisks(): readonly string[] {
  const problems: string[] = [];
  if (process.getuid?.() !== 0)
    problems.push('disks that can fail are file systems, which only root may mount');
  if (!existsSync('/dev/fuse')) problems.push('disks that can fail need FUSE: /dev/fuse is missing');
  return problems;
}

/**
 * Detaches what is mounted in a run directory still when no process of it runs any more: a disk that was killed could
 * not do it, and nobody can enter or remove what it leaves.
 *
 * @throws TargetError `unsupported` when that fails
 */
export async function detachDisks({ runDir }: Pick<Layout, 'runDir'>): Promise<void> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  for (const path of mountsBelow(await realpath(runDir), mountinfo)) {
    const { exitCode, output } = await runProgram('umount', ['--lazy', path], { env: process.env });
    if (exitCode !== 0) throw new TargetError('unsupported', `${path} stays mounted: ${output.trim()}`);
  }
}

/**
 * The mount points below a directory.
 *
 * @param mountinfo as proc_pid_mountinfo(5) describes it
 */
export function mountsBelow(directory: string, mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) =>
      path.replaceAll(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter((path) => path.startsWith(`${directory}/`));
}
