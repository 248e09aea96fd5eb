import { constants } from 'node:fs';
import { access, mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { instancesOfService } from '../../topology/derive/index.ts';
import { TargetError } from '../target.ts';
import { problemsOfDisks } from './disks.ts';
import type { Layout } from './layout.ts';
import { type LocalPlan, toolsNeeded } from './options.ts';

const diskBytesMin = 1024 ** 3;

/**
 * Looks for what would make a start fail later and less clearly: another system or user, missing programs, a full
 * disk.
 *
 * @throws TargetError `unsupported` with all problems
 */
export async function checkPreconditions(plan: LocalPlan, layout: Layout, root: string): Promise<void> {
  await mkdir(layout.runDir, { recursive: true });
  const problems = [
    ...(await problemsOfPlace(layout)),
    ...(await problemsOfTools(plan)),
    ...(plan.disks ? problemsOfDisks() : []),
    ...(await problemsOfServices(plan, root)),
    ...(await problemsOfBrokers(plan, layout)),
  ];
  if (problems.length > 0) {
    throw new TargetError('unsupported', `the platform cannot start here:\n  ${problems.join('\n  ')}`);
  }
}

async function problemsOfPlace(layout: Layout): Promise<readonly string[]> {
  const problems: string[] = [];
  if (!(await isAccessible('/proc/self/stat', constants.R_OK))) {
    problems.push('/proc is missing: the local target needs Linux');
  }
  const owner = await stat(layout.stateFile).catch(() => undefined);
  const user = process.getuid?.();
  if (owner !== undefined && user !== undefined && owner.uid !== user) {
    problems.push(
      `${layout.runDir} belongs to user ${owner.uid} and this is user ${user}: use another run directory`,
    );
  }
  const disk = await statfs(layout.runDir);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < diskBytesMin) {
    const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
    problems.push(
      `${layout.runDir} has ${mebibytes(freeBytes)} of disk space left; at least ${mebibytes(diskBytesMin)} are needed`,
    );
  }
  return problems;
}

/**
 * Brokers that have lost everything are a majority together: they may agree that there are no orders, before those that have
 * some are heard.
 */
async function problemsOfBrokers({ topology }: LocalPlan, layout: Layout): Promise<readonly string[]> {
  const brokers = instancesOfService(topology, 'nats', 'local').map(({ name }) => name);
  const stores = await Promise.all(
    brokers.map(async (name) => {
      const root = join(layout.data(name), 'jetstream');
      const accounts = await entries(root);
      const streams = await Promise.all(accounts.map((account) => entries(join(root, account, 'streams'))));
      return { name, isEmpty: accounts.length === 0, hasStreams: streams.flat().length > 0 };
    }),
  );
  const lost = stores.filter(({ isEmpty }) => isEmpty).map(({ name }) => name);
  const left = stores.filter(({ hasStreams }) => hasStreams).map(({ name }) => name);
  if (left.length === 0 || lost.length * 2 < brokers.length) return [];
  return [
    `${lost.join(' and ')} have lost what they held, and are a majority of the brokers: they would agree that there are no ` +
      `orders. Of what ${left.join(', ')} has, make a backup (\`backup DIRECTORY --from-disk-of ${left[0]}\`), or take an ` +
      'earlier one; then `restore DIRECTORY --in-place` (docs/game-day.md)',
  ];
}

async function entries(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

async function problemsOfTools(plan: LocalPlan): Promise<readonly string[]> {
  const needed = toolsNeeded({
    topology: plan.topology,
    chaos: plan.proxiedEdges.length > 0,
    proxiedEdges: plan.proxiedEdges,
    disks: plan.disks,
  });
  const problems = needed.map(async (name) => {
    const path = plan.tools[name];
    if (path === undefined) return [`${name} is needed and its path was not given`];
    return (await isAccessible(path, constants.X_OK)) ? [] : [`${name} is no executable file: ${path}`];
  });
  return (await Promise.all(problems)).flat();
}

async function problemsOfServices(plan: LocalPlan, root: string): Promise<readonly string[]> {
  const problems = plan.topology.services
    .filter((service) => service.replicas.local > 0)
    .map(async (service) => {
      const main = resolve(root, plan.overrides[service.name] ?? service.main);
      const isThere = await isAccessible(
        main,
        service.interpreter?.length === 0 ? constants.X_OK : constants.R_OK,
      );
      const [runner] = service.interpreter ?? [];
      const isRunnable = runner === undefined || (await isAccessible(runner, constants.X_OK));
      return [
        ...(isThere ? [] : [`the program of ${service.name} is missing: ${main}`]),
        ...(isRunnable ? [] : [`what runs ${service.name} is no executable file: ${runner}`]),
      ];
    });
  return (await Promise.all(problems)).flat();
}

async function isAccessible(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
