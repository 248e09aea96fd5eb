import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { metrics } from '../../../observability/names/metrics.ts';
import {
  PaymentGroupSchema,
  PaymentProcessedSchema,
  TerminalState,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import type { Target } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import { FaultError, type FaultKind, type FaultRequests, type Victim } from '../../core/fault.ts';
import { readReadings } from '../../core/gauges.ts';
import { outsider, outsiderOrder, storeOutsiderOrder } from './outsider.ts';

const settledWithinMs = 10_000;
const seenWithinMs = 10_000;
const pollMs = 250;

/**
 * Somebody else writes an outcome into the stream of outcomes that says of a charged order that it was declined.
 *
 * Proven by the projections, which count outcomes that contradict the first. Nothing is taken back: what is stored is a fact,
 * and an audit of everything finds the order contradicted from then on.
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
    await storeOutsiderOrder(target, order);
    const deadline = performance.now() + settledWithinMs;
    while (!(await isSettled(target, victim))) {
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
    await askBrokers(target, async (manager) => {
      await manager.jetstream().publish(names.outcomesSubject, payments, { msgID: `${victim.mark}-outcome` });
    });
  },

  heal: async () => {},
  residue: async () => [],
};

const orderOf = ({ mark, atMs }: Victim) => outsiderOrder(`${mark}-order`, Number(atMs));

/** Whether the order has an outcome. */
async function isSettled(target: Target, victim: Victim): Promise<boolean> {
  const { orderId } = orderOf(victim);
  return askBrokers(target, async ({ streams }) => {
    const before = Number(victim.outcomesBefore);
    const { last_seq: newest } = (await streams.info(names.outcomesStream)).state;
    for (let seq = before + 1; seq <= newest; seq++) {
      const stored = await streams.getMessage(names.outcomesStream, { seq });
      const { payments } = fromBinary(PaymentGroupSchema, stored?.data ?? new Uint8Array());
      if (payments.some((payment) => payment.orderId === orderId)) return true;
    }
    return false;
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
