import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import { FaultError, type FaultKind, type FaultRequests, type Victim } from '../../core/fault.ts';
import { observeCounter } from '../provider/behaviour.ts';

/**
 * What the brokers say of a consumer is what they have agreed on: it may lag behind the leader, which delivers what comes
 * again at once.
 */
const setBackMsMax = 5_000;
const pollMs = 50;

/**
 * Groups of orders that payment has acknowledged come again, as after a consumer that was restored from an old copy: the
 * consumer is set back to before them (`CONSUMER.RESET`, NATS ADR-60), which also forgets what it was waiting for.
 *
 * Proven by the consumer, whose count of deliveries falls, or falls back against the sequences that it has come to, as
 * nothing else makes it, and by the provider, which counts the charges that it is asked for a second time. There is
 * nothing to heal: what comes again is worked off, and the drain waits for it.
 */
export const redelivery: FaultKind<FaultRequests['redelivery']> = {
  name: 'redelivery',
  parameters: {
    groups: { unit: 'groups', min: 1, max: 10_000, default: 100, meaning: 'how many come again' },
  },
  actsOn: { kind: 'service', services: ['payment'] },

  resolve: async (_target, { groups }) => ({ consumer: names.paymentConsumer, groups }),
  describe: (victim) => `redelivery of ${victim.groups} groups to ${victim.consumer}`,
  subject: (victim) => String(victim.consumer),
  disables: () => [],

  async observe(target, victim) {
    const repeats = await observeCounter(target, 'replayed');
    const before = await readDeliveries(target, victim);
    return {
      async prove() {
        const deadline = performance.now() + setBackMsMax;
        let now = await readDeliveries(target, victim);
        while (!isSetBack(before, now) && performance.now() < deadline) {
          await sleep(pollMs);
          now = await readDeliveries(target, victim);
        }
        const repeated = await repeats.prove();
        return {
          acted: isSetBack(before, now) && repeated.acted,
          measurement:
            `${victim.consumer} has counted ${now.deliveries} deliveries up to ${now.upTo} ` +
            `(before: ${before.deliveries} up to ${before.upTo}); ${repeated.measurement}`,
        };
      },
    };
  },

  async inject(target, victim) {
    await askBrokers(target, async ({ consumers }) => {
      const consumer = String(victim.consumer);
      const { ack_floor: floor } = await consumers.info(names.ordersStream, consumer);
      if (floor.stream_seq < 2) throw new FaultError(`${consumer} has acknowledged next to nothing yet`);
      // A consumer that is set back to the very first message may soon count as if it never had been.
      const from = Math.max(2, floor.stream_seq - Number(victim.groups) + 1);
      await consumers.reset(names.ordersStream, consumer, from);
    });
  },

  heal: async () => {},
  residue: async () => [],
};

type Deliveries = { readonly deliveries: number; readonly upTo: number; readonly surplus: number };

/** Each delivery counts, and each sequence once: neither the deliveries nor their surplus ever shrink. */
function isSetBack(before: Deliveries, now: Deliveries): boolean {
  return now.deliveries < before.deliveries || now.surplus < before.surplus;
}

async function readDeliveries(target: Target, { consumer }: Victim): Promise<Deliveries> {
  const { delivered } = await askBrokers(target, ({ consumers }) =>
    consumers.info(names.ordersStream, String(consumer)),
  );
  const { consumer_seq: deliveries, stream_seq: upTo } = delivered;
  return { deliveries, upTo, surplus: deliveries - upTo };
}
