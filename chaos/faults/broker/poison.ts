import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  DeadLetterSchema,
  type OrderCreated,
  OrderGroupSchema,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import type { Target } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import type { FaultKind, FaultRequests, Victim } from '../../core/fault.ts';
import { isChargeKnown } from './charges.ts';
import { outsiderOrder } from './outsider.ts';

const deadLetteredWithinMs = 10_000;
/** The poison's are among the first of these; each is asked for on its own, again with every look. */
const deadLettersMax = 200;

/**
 * Somebody else writes into the stream of orders: bytes that are no group of orders, and a group of two of which one has
 * a total that contradicts its amount while the other is sound.
 *
 * Proven by the dead letters that payment makes of the two. Nothing is taken back: what is stored is a fact, and the
 * audit finds the message that nobody can read. A sound order that is not charged is a residue.
 */
export const poison: FaultKind<FaultRequests['poison']> = {
  name: 'poison',
  parameters: {},
  actsOn: { kind: 'service', services: ['payment'] },

  resolve: async (target) => ({
    /** Tells this poison from any other. */
    mark: randomUUID(),
    atMs: Date.now(),
    deadLettersBefore: await askBrokers(
      target,
      async ({ streams }) => (await streams.info(names.deadLettersStream)).state.last_seq,
    ),
  }),
  describe: () => `poison in stream ${names.ordersStream}`,
  subject: () => names.ordersStream,
  disables: () => [],

  observe: async (target, victim) => ({
    async prove() {
      const deadline = performance.now() + deadLetteredWithinMs;
      let causes = await causesOfDeath(target, victim);
      while (causes.size < 2 && performance.now() < deadline) {
        await sleep(250);
        causes = await causesOfDeath(target, victim);
      }
      return {
        acted: causes.size === 2,
        measurement: `${names.deadLettersStream} has ${causes.size} of 2: ${[...causes.values()].join(', ') || 'none'}`,
      };
    },
  }),

  async inject(target, victim) {
    const { sound, contradictory } = ordersOf(victim);
    const group = create(OrderGroupSchema, { orders: [sound, contradictory] });
    await askBrokers(target, async (manager) => {
      const stream = manager.jetstream();
      for (const [at, bytes] of [unreadable(victim), toBinary(OrderGroupSchema, group)].entries()) {
        await stream.publish(names.ordersSubject, bytes, { msgID: `${victim.mark}-${at}` });
      }
    });
  },

  heal: async () => {},

  async residue(target, victim) {
    const wasPoisoned = (await causesOfDeath(target, victim)).size > 0;
    if (!wasPoisoned || (await isChargeKnown(target, ordersOf(victim).sound.chargeKey))) return [];
    return ['the sound order beside a poisonous one is not charged'];
  },
};

/** No field of any message begins so: wire type 7 does not exist. */
const unreadable = ({ mark }: Victim) => Buffer.from(`\xff\x07 ${mark}`, 'latin1');

function ordersOf(victim: Victim): { readonly sound: OrderCreated; readonly contradictory: OrderCreated } {
  return {
    sound: outsiderOrder(`${victim.mark}-sound`, Number(victim.atMs)),
    contradictory: outsiderOrder(`${victim.mark}-not`, Number(victim.atMs), { totalAmount: 1 }),
  };
}

type Poison = 'unreadable' | 'contradictory';

/** Why payment gave up what this poison has put into the stream, as the dead letters tell: one may tell twice. */
async function causesOfDeath(target: Target, victim: Victim): Promise<ReadonlyMap<Poison, string>> {
  const mine = unreadable(victim);
  const { orderId } = ordersOf(victim).contradictory;
  return askBrokers(target, async ({ streams }) => {
    const causes = new Map<Poison, string>();
    const before = Number(victim.deadLettersBefore);
    const { last_seq: newest } = (await streams.info(names.deadLettersStream)).state;
    const last = Math.min(newest, before + deadLettersMax);
    for (let seq = before + 1; seq <= last; seq++) {
      const stored = await streams.getMessage(names.deadLettersStream, { seq });
      if (stored === null || stored.subject !== names.deadLettersSubject) continue;
      const { cause, raw, order } = fromBinary(DeadLetterSchema, stored.data);
      if (mine.equals(raw)) causes.set('unreadable', cause);
      else if (order?.orderId === orderId) causes.set('contradictory', cause);
    }
    return causes;
  });
}
