import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance, type Target, TargetError } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { type Sightings, type VariantName, variants } from '../../variants/index.ts';
import { findInstance, instanceResidue } from './instance.ts';

const stopGraceMs = 20_000;
const proveWithinMs = 10_000;
const lookEveryMs = 250;

/**
 * A restart of an instance as another version of its service, as in the middle of a deployment; healed by a restart as the
 * delivered one.
 *
 * Proven by the streams, which show what only that version does (chaos/variants).
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
    const { isSeen, sign } = variants[victim.variant as VariantName];
    const before = await readSurplus(target);
    return {
      async prove() {
        const deadline = performance.now() + proveWithinMs;
        for (;;) {
          const acted = isSeen(await look(target, before));
          if (acted || performance.now() >= deadline) {
            return { acted, measurement: acted ? sign : `it was not seen that ${sign}` };
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

async function look(target: Target, surplusBefore: number): Promise<Sightings> {
  const newest = await askBrokers(target, ({ streams }) =>
    streams.getMessage(names.ordersStream, { last_by_subj: names.ordersSubject }),
  );
  const redeliveries = (await readSurplus(target)) - surplusBefore;
  return { newestOrders: newest?.data ?? new Uint8Array(), redeliveries };
}

/** How many of the deliveries of orders to payment were repeats, but for a constant. */
async function readSurplus(target: Target): Promise<number> {
  const { delivered } = await askBrokers(target, ({ consumers }) =>
    consumers.info(names.ordersStream, names.paymentConsumer),
  );
  return delivered.consumer_seq - delivered.stream_seq;
}
