import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance, type Target, TargetError } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { type VariantName, variants } from '../../variants/index.ts';
import { findInstance, instanceResidue } from './instance.ts';

const stopGraceMs = 20_000;
const proveWithinMs = 10_000;
const lookEveryMs = 250;

/**
 * A restart of an instance as another version of its service, as in the middle of a deployment; healed by a restart as the
 * delivered one.
 *
 * Proven by the stream of orders, whose newest message only that version writes.
 */
export const restartAs: FaultKind<FaultRequests['restart-as']> = {
  name: 'restart-as',
  parameters: {},
  actsOn: { kind: 'service', services: [...new Set(Object.values(variants).map(({ service }) => service))] },

  async resolve(target, { instance, variant }) {
    if (target.name === 'kubernetes') {
      throw new TargetError('unsupported', `${instance} runs what its image holds, and no other version`);
    }
    return { instance, variant };
  },

  describe: ({ instance, variant }) => `restart of ${instance} as ${variant}`,
  subject: ({ instance }) => String(instance),
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const { wrote, different } = variants[victim.variant as VariantName];
    return {
      async prove() {
        const deadline = performance.now() + proveWithinMs;
        for (;;) {
          const acted = wrote(await newestOrders(target));
          if (acted || performance.now() >= deadline) {
            const has = acted ? 'has' : 'has not';
            return { acted, measurement: `the newest message of orders ${has} what ${different}` };
          }
          await sleep(lookEveryMs);
        }
      },
    };
  },

  async inject(target, victim) {
    await target.terminate(String(victim.instance), stopGraceMs);
    await target.startAs(String(victim.instance), variants[victim.variant as VariantName].main);
  },

  async heal(target, victim) {
    await restoreProgram(target, await findInstance(target, victim));
  },

  residue: async (target, victim) => instanceResidue(await findInstance(target, victim)),
};

/** Restarts an instance that runs as another program than its own, and starts one that does not run. */
export async function restoreProgram(target: Target, instance: Instance): Promise<void> {
  const { name, state, runsAs } = instance;
  if (state !== 'stopped' && runsAs === undefined) return;
  if (state !== 'stopped') await target.terminate(name, stopGraceMs);
  await target.start(name);
}

/** @returns no bytes while the stream has no message */
async function newestOrders(target: Target): Promise<Uint8Array> {
  return askBrokers(target, async (manager) => {
    const newest = await manager.streams.getMessage(names.ordersStream, {
      last_by_subj: names.ordersSubject,
    });
    return newest?.data ?? new Uint8Array();
  });
}
