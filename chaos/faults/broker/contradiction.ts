import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { metrics } from '../../../observability/names/metrics.ts';
import {
  OrderGroupSchema,
  PaymentGroupSchema,
  type PaymentProcessed,
  PaymentProcessedSchema,
  TerminalState,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import type { Target } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import { FaultError, type FaultKind, type FaultRequests, type Victim } from '../../core/fault.ts';
import { readReadings } from '../../core/gauges.ts';
import { outsider, outsiderOrder } from './outsider.ts';

const settledWithinMs = 10_000;
const seenWithinMs = 10_000;
const pollMs = 250;
/** The outcome is among the first of these, each of which is asked for on its own. */
const outcomesMax = 1_000;

/**
 * Somebody else writes an outcome into the stream of outcomes that says of a charged order that it was declined.
 *
 * Proven by the projections, which count outcomes that contradict the first. Healed by taking that message out of the stream
 * again; what the projections remember of it they forget when they are rebuilt.
 */
export const contradiction: FaultKind<FaultRequests['contradiction']> = {
  name: 'contradiction',
  parameters: {},
  actsOn: { kind: 'service', services: ['order'] },

  resolve: async (target) => ({
    /** Tells this order from any other. */
    mark: randomUUID(),
    atMs: Date.now(),
    outcomesBefore: await askBrokers(
      target,
      async ({ streams }) => (await streams.info(names.outcomesStream)).state.last_seq,
    ),
  }),
  describe: () => `a contradiction in stream ${names.outcomesStream}`,
  subject: () => names.outcomesStream,
  disables: () => [],

  async observe(target) {
    const before = await readContradictions(target);
    return {
      async prove() {
        const deadline = performance.now() + seenWithinMs;
        let now = await readContradictions(target);
        while (now <= before && performance.now() < deadline) {
          await sleep(pollMs);
          now = await readContradictions(target);
        }
        return {
          acted: now > before,
          measurement: `the projections count ${now} contradicted outcomes (before: ${before})`,
        };
      },
    };
  },

  async inject(target, victim) {
    const order = orderOf(victim);
    const group = create(OrderGroupSchema, { orders: [order] });
    await publish(target, names.ordersSubject, toBinary(OrderGroupSchema, group), `${victim.mark}-order`);
    const deadline = performance.now() + settledWithinMs;
    while ((await outcomesOf(target, victim)).length === 0) {
      if (performance.now() > deadline) throw new FaultError('the order to contradict was not settled');
      await sleep(pollMs);
    }
    const payment = create(PaymentProcessedSchema, {
      orderId: order.orderId,
      status: 'declined',
      terminalState: TerminalState.DECLINED,
      reason: 'contradiction',
      amountMinor: order.amountMinor,
      currency: order.currency,
      runId: outsider,
      receivedAtMs: order.receivedAtMs,
    });
    const payments = toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments: [payment] }));
    await publish(target, names.outcomesSubject, payments, `${victim.mark}-outcome`);
  },

  async heal(target, victim) {
    const planted = await plantedIn(target, victim);
    await askBrokers(target, async ({ streams }) => {
      for (const { seq } of planted) await streams.deleteMessage(names.outcomesStream, seq);
    });
  },

  async residue(target, victim) {
    const planted = await plantedIn(target, victim);
    return planted.map(
      ({ seq }) => `message ${seq} of ${names.outcomesStream} contradicts the one before it`,
    );
  },
};

const orderOf = ({ mark, atMs }: Victim) => outsiderOrder(`${mark}-order`, Number(atMs));

async function publish(target: Target, subject: string, bytes: Uint8Array, msgID: string): Promise<void> {
  await askBrokers(target, async (manager) => {
    await manager.jetstream().publish(subject, bytes, { msgID });
  });
}

type Outcome = { readonly seq: number; readonly payment: PaymentProcessed };

async function plantedIn(target: Target, victim: Victim): Promise<readonly Outcome[]> {
  const outcomes = await outcomesOf(target, victim);
  return outcomes.filter(({ payment }) => payment.terminalState === TerminalState.DECLINED);
}

/** The outcomes of this order, up to the second: there is no third. */
async function outcomesOf(target: Target, victim: Victim): Promise<readonly Outcome[]> {
  const { orderId } = orderOf(victim);
  return askBrokers(target, async ({ streams }) => {
    const found: Outcome[] = [];
    const before = Number(victim.outcomesBefore);
    const { last_seq: newest } = (await streams.info(names.outcomesStream)).state;
    const last = Math.min(newest, before + outcomesMax);
    for (let seq = before + 1; seq <= last && found.length < 2; seq++) {
      const stored = await streams.getMessage(names.outcomesStream, { seq });
      const { payments } = fromBinary(PaymentGroupSchema, stored?.data ?? new Uint8Array());
      found.push(
        ...payments.filter((payment) => payment.orderId === orderId).map((payment) => ({ seq, payment })),
      );
    }
    return found;
  });
}

/** Of all replicas together. */
async function readContradictions(target: Target): Promise<number> {
  const { orderAdmin } = await target.addresses();
  const readings = await Promise.all(
    orderAdmin.map((url) => readReadings(url, AbortSignal.timeout(pollMs * 4))),
  );
  return readings
    .flat()
    .filter(({ metric }) => metric === metrics.projectionContradictions.name)
    .reduce((sum, { value }) => sum + value, 0);
}
