import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { databaseFile, readWaits, servicesWithDatabases } from './database.ts';
import { endHelper, isHelping, newHelperSocket, startHelper } from './helper.ts';
import type { Locking } from './lock-holder.ts';

/** Fewer may be a disk or a processor that was busy for a moment. */
const longWaitsMin = 2;
/** The lock comes after a transaction of its owner, which takes a second at most, and twice what it may be held. */
const proveWithinMs = 6_000;
const lookEveryMs = 250;
/** Between two holds, so that the owner gets on a little. */
const releaseMs = 50;

/**
 * Another process holds the write lock of a service's own database, again and again, as a backup or an open shell of an
 * operator does. A lock goes with the process that holds it.
 *
 * Proven by the service, which counts the changes that had to wait for long.
 */
export const databaseContention: FaultKind<FaultRequests['database-contention']> = {
  name: 'database-contention',
  parameters: {
    lockMs: {
      unit: 'ms',
      min: 400,
      // Longer could not be proven in time.
      max: 1_500,
      default: 600,
      meaning: 'how long the lock is held each time',
    },
  },
  actsOn: { kind: 'service', services: servicesWithDatabases },

  async resolve(target, { instance, lockMs }) {
    await databaseFile(target, instance);
    return { instance, lockMs, socket: newHelperSocket() };
  },

  describe: ({ instance, lockMs }) => `lock of the database of ${instance}, ${lockMs} ms at a time`,
  subject: ({ instance }) => `database of ${instance}`,
  disables: () => [],

  async observe(target, { instance }) {
    const before = await readWaits(target, String(instance));
    return {
      async prove() {
        const deadline = performance.now() + proveWithinMs;
        const looks = [before.longWaits];
        for (;;) {
          const now = await readWaits(target, String(instance));
          looks.push(now.longWaits);
          const times = risesOf(looks);
          const acted = times >= longWaitsMin;
          if (acted || performance.now() >= deadline) {
            const changes = now.changes - before.changes;
            const longWaits = now.longWaits - before.longWaits;
            return {
              acted,
              measurement: `${instance}: ${longWaits} of ${changes} changes of its database waited for more than 250 ms, at ${times} times`,
            };
          }
          await sleep(lookEveryMs);
        }
      },
    };
  },

  async inject(target, { instance, lockMs, socket }) {
    const database = await databaseFile(target, String(instance));
    const task: Locking = { database, holdMs: Number(lockMs), releaseMs };
    await startHelper({ program: 'lock-holder.ts', socket: String(socket), task });
  },

  heal: (_target, { socket }) => endHelper(String(socket)),

  async residue(_target, { instance, socket }) {
    return (await isHelping(String(socket))) ? [`the database of ${instance} is still being locked`] : [];
  },
};

/**
 * How often changes waited for long, by a count that is looked at again and again: many may wait for one transaction, and
 * are one. Pure.
 */
export function risesOf(looks: readonly number[]): number {
  return looks.filter((count, at) => count > (looks[at - 1] ?? count)).length;
}
