import { setTimeout as sleep } from 'node:timers/promises';
import { type V1Lease, V1MicroTime } from '@kubernetes/client-node';
import { TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';

/** A holder that has not renewed its lease for this long is taken for dead. Clocks must agree better than that. */
const durationSeconds = 60;
const renewalMs = 10_000;

/** Two who want the same lease exclude each other. */
export type LeaseName =
  /** To break or heal the platform. */
  | 'stormproof-turn'
  /** To change its keys, which is done while load and faults go on. */
  | 'stormproof-keys';

/**
 * Runs `body` as the only one that does this to the platform of a namespace, whichever machine the others are on.
 *
 * @param options.holder says who has the turn: user, machine, process
 * @param body is given a signal that aborts when the turn is lost: the lease could not be renewed in time, or another
 *   took it
 * @throws TargetError `busy` at once when another has the turn
 */
export async function withLease<T>(
  cluster: Pick<Cluster, 'lease' | 'writeLease' | 'namespace'>,
  options: { readonly lease: LeaseName; readonly holder: string; readonly nowMs: () => number },
  body: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const { lease, nowMs } = options;
  const found = await cluster.lease(lease);
  const holder = holderOf(found, nowMs());
  const taken = holder === undefined ? await cluster.writeLease(taking(found, options)) : undefined;
  if (taken === undefined) {
    throw new TargetError(
      'busy',
      `${holder ?? 'another run that was faster'} is at work on the namespace ${cluster.namespace}; wait for it ` +
        `(a run that died lets go after ${durationSeconds} s)`,
    );
  }
  const lost = new AbortController();
  const over = new AbortController();
  const renewing = renew(cluster, taken, { nowMs, lost, over: over.signal });
  try {
    return await body(lost.signal);
  } finally {
    over.abort();
    const last = await renewing;
    if (last !== undefined) await release(cluster, last);
  }
}

/** Who has the turn; undefined when nobody has. */
function holderOf(lease: V1Lease | undefined, nowMs: number): string | undefined {
  const { holderIdentity = '', renewTime, leaseDurationSeconds = durationSeconds } = lease?.spec ?? {};
  // Promised as a Date, read as text.
  const endsAtMs = new Date(renewTime ?? 0).getTime() + leaseDurationSeconds * 1_000;
  return holderIdentity !== '' && endsAtMs > nowMs ? holderIdentity : undefined;
}

function taking(
  found: V1Lease | undefined,
  { lease, holder, nowMs }: Parameters<typeof withLease>[1],
): V1Lease {
  const now = new V1MicroTime(nowMs());
  return {
    metadata: { ...found?.metadata, name: lease },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: durationSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (found?.spec?.leaseTransitions ?? 0) + (found === undefined ? 0 : 1),
    },
  };
}

/** @returns the lease as it was last written; undefined when it is another's now */
async function renew(
  cluster: Pick<Cluster, 'writeLease'>,
  taken: V1Lease,
  options: {
    readonly nowMs: () => number;
    readonly lost: AbortController;
    readonly over: AbortSignal;
  },
): Promise<V1Lease | undefined> {
  const { nowMs, lost, over } = options;
  let current = taken;
  while (!over.aborted) {
    await sleep(renewalMs, undefined, { signal: over }).catch(() => {
      // The turn is over.
    });
    if (over.aborted) break;
    const renewed = { ...current, spec: { ...current.spec, renewTime: new V1MicroTime(nowMs()) } };
    try {
      const written = await cluster.writeLease(renewed);
      if (written === undefined) {
        lost.abort(new TargetError('busy', 'another run took the turn'));
        return undefined;
      }
      current = written;
    } catch {
      // It is tried again until nobody else would respect it any more.
      if (holderOf(current, nowMs()) === undefined) {
        lost.abort(new TargetError('unreachable', 'the turn could not be renewed'));
      }
    }
  }
  return current;
}

/** Lets go, so that the next need not wait; whoever cannot be told waits. */
async function release(cluster: Pick<Cluster, 'writeLease'>, lease: V1Lease): Promise<void> {
  const free = { ...lease, spec: { ...lease.spec, holderIdentity: '' } };
  await cluster.writeLease(free).catch(() => {
    // It ends by itself.
  });
}
