import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance, type Target, TargetError } from '../targets/target.ts';
import type { CommandContext } from './command.ts';

const rebuildMsMax = 600_000;
const pollMs = 20;

/**
 * Kills every broker and service at once, deletes what can be rebuilt, and brings everything back, the services that rebuild last.
 *
 * @returns how long the slowest of these took from when it first listened until it was ready, seconds; undefined when one never was
 */
export async function killAndRebuild(
  target: Target,
  { signal, terminal }: CommandContext,
): Promise<number | undefined> {
  const { services } = target.topology;
  const rebuilding = services.filter(({ isRebuildable }) => isRebuildable === true).map(({ name }) => name);
  const others = services.map(({ name }) => name).filter((name) => !rebuilding.includes(name));
  terminal.say('  killing every broker and service, and deleting projections');
  const victims = await instancesOf(target, ['nats', ...others, ...rebuilding]);
  await Promise.all(victims.map(({ name }) => target.kill(name)));
  for (const { name } of await instancesOf(target, rebuilding)) await emptyDirectory(target, name);

  terminal.say('  rebuilding');
  // Brokers are ready only together, and services only with them.
  for (const group of [['nats'], others]) {
    if (!(await startAll(target, group, signal))) return undefined;
  }
  const { orderAdmin } = await target.addresses();
  const started = startAll(target, rebuilding, signal);
  const seconds = await Promise.all(orderAdmin.map((url) => timeUntilReady(url, signal)));
  if (!(await started)) return undefined;
  return seconds.reduce<number | undefined>(
    (most, one) => (most === undefined || one === undefined ? undefined : Math.max(most, one)),
    0,
  );
}

/**
 * Starts all instances of some services at once. One that takes longer than a start may is waited for all the same.
 *
 * @returns whether all of them are ready in the end
 */
async function startAll(target: Target, services: readonly string[], signal: AbortSignal): Promise<boolean> {
  const members = await instancesOf(target, services);
  const late = await Promise.all(
    members.map(async ({ name }) => {
      try {
        await target.start(name);
        return [];
      } catch (error) {
        if (error instanceof TargetError && error.code === 'not-ready') return [name];
        throw error;
      }
    }),
  );
  return late.flat().length === 0 || untilReady(target, services, signal);
}

async function untilReady(
  target: Target,
  services: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const deadlineMs = performance.now() + rebuildMsMax;
  while (performance.now() < deadlineMs && !signal.aborted) {
    if ((await instancesOf(target, services)).every(({ isReady }) => isReady)) return true;
    await sleep(1_000);
  }
  return false;
}

async function instancesOf(target: Target, services: readonly string[]): Promise<readonly Instance[]> {
  return (await Promise.all(services.map((service) => target.instances(service)))).flat();
}

async function emptyDirectory(target: Target, instance: string): Promise<void> {
  const directory = await target.dataDirectory(instance);
  if (directory === undefined) return;
  for (const entry of await readdir(directory)) await rm(join(directory, entry), { recursive: true });
}

/**
 * From the last moment in which nobody listened, so that what a busy service does before its first answer counts.
 *
 * @returns seconds; undefined when it is never ready
 */
async function timeUntilReady(adminUrl: string, signal: AbortSignal): Promise<number | undefined> {
  const deadlineMs = performance.now() + rebuildMsMax;
  let beginMs = performance.now();
  while (performance.now() < deadlineMs && !signal.aborted) {
    const askedAtMs = performance.now();
    const status = await readinessOf(adminUrl);
    if (status === 200) return (performance.now() - beginMs) / 1_000;
    if (status === undefined) beginMs = askedAtMs;
    await sleep(pollMs);
  }
  return undefined;
}

/** @returns undefined when nobody listens; 0 when somebody does and does not answer in time */
async function readinessOf(adminUrl: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(10_000) });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 0 : undefined;
  }
}
