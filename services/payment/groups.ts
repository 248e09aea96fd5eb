import type { NatsConnection } from '@nats-io/nats-core';
import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { backoffMs, delay, type Log } from '../runtime/index.ts';
import { AbandonedError } from './abandoned.ts';
import type { Charger } from './charging.ts';
import { type Decision, deadLetter } from './decision.ts';
import { decodeGroup, type OrderGroup } from './decode.ts';
import type { Instruments } from './instruments.ts';
import type { OutcomePublisher } from './outcomes.ts';
import type { GroupSteps } from './parts.ts';
import type { Delivery } from './pull.ts';
import { createDeparture } from './together.ts';
import type { GroupTimes, Tracer } from './tracing.ts';

/** The groups that this process has pulled and not acknowledged yet. */
export type Groups = {
  /** Takes charge of a delivery; a repeat of one that is held already only renews its lease. */
  take(delivery: Delivery): void;
  /** How many are held. */
  size(): number;
  /** Resolves when none is held. */
  settled(): Promise<void>;
  /** Tells JetStream of each held group that it is being worked on, so that it is not delivered elsewhere. */
  extendLeases(): void;
};

type Held = { delivery: Delivery; done: Promise<void> };

const workingBytes = new TextEncoder().encode('+WPI');
const ackBytes = new TextEncoder().encode('+ACK');
const ackTimeoutMs = 2_000;
const ackAttemptsMax = 5;
/** Long enough in all to outlast the quick kind of leader election. */
const ackRetry = { baseMs: 200, capMs: 2_000 };

export function createGroups(parts: {
  readonly connection: NatsConnection;
  readonly charger: Charger;
  readonly publisher: OutcomePublisher;
  readonly settle: (steps: GroupSteps) => Promise<void>;
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  readonly log: Log;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Called when a group is no longer held. */
  readonly onRelease: () => void;
}): Groups {
  const { connection, instruments, log, now } = parts;
  /** By stream sequence. */
  const held = new Map<number, Held>();

  const departTogether = createDeparture();

  /** Asks for an answer, so that it is known to have arrived. A lost one costs a redelivery, not an order. */
  const acknowledge = async (group: Held) => {
    await departTogether();
    for (let attempt = 0; attempt < ackAttemptsMax; attempt++) {
      try {
        await connection.request(group.delivery.ackSubject, ackBytes, { timeout: ackTimeoutMs });
        return;
      } catch (error) {
        log.debug({ error, sequence: group.delivery.streamSequence }, 'no answer to an acknowledgement');
        await delay(backoffMs(attempt, ackRetry));
      }
    }
  };

  const settleOrders = async (group: Held, content: OrderGroup) => {
    const { streamSequence } = group.delivery;
    const { orders } = content;
    const trace = parts.tracer.start(orders);
    const receivedMs = now();
    const times: GroupTimes = {
      receivedMs,
      chargeStartMs: receivedMs,
      chargeEndMs: receivedMs,
      publishStartMs: receivedMs,
      publishEndMs: receivedMs,
    };
    let decisions: readonly Decision[] = [];
    await parts.settle({
      async decide() {
        times.chargeStartMs = now();
        decisions = await parts.charger.decide(orders, trace.chargeTraceparent, {
          looksFirst: group.delivery.isRedriven,
        });
        times.chargeEndMs = now();
      },
      async publish() {
        times.publishStartMs = now();
        await parts.publisher.publishGroup(streamSequence, content, decisions, trace.outcomeTraceparent);
        times.publishEndMs = now();
        countOutcomes(instruments, orders, decisions, times.publishEndMs);
      },
      acknowledge: () => acknowledge(group),
    });
    trace.tell(decisions, times, group.delivery.deliveryCount);
  };

  const settleRaw = (group: Held) => {
    const { streamSequence, data } = group.delivery;
    log.warn({ sequence: streamSequence, bytes: data.length }, 'a message is no group of orders');
    const cause = deadLetter('undecodable', 'the message is no group of orders');
    return parts.settle({
      decide: async () => {},
      publish: () => parts.publisher.publishRaw(streamSequence, data, cause),
      acknowledge: () => acknowledge(group),
    });
  };

  const work = async (group: Held) => {
    const sequence = group.delivery.streamSequence;
    try {
      const content = decodeGroup(group.delivery.data);
      await (content === undefined ? settleRaw(group) : settleOrders(group, content));
    } catch (error) {
      // Unacknowledged: JetStream delivers it again when its lease runs out.
      if (!(error instanceof AbandonedError)) log.error({ error, sequence }, 'a group could not be settled');
    } finally {
      held.delete(sequence);
      parts.onRelease();
    }
  };

  return {
    take(delivery) {
      if (delivery.deliveryCount > 1) instruments.redelivery();
      const known = held.get(delivery.streamSequence);
      if (known !== undefined) {
        known.delivery = delivery;
        return;
      }
      const group: Held = { delivery, done: Promise.resolve() };
      held.set(delivery.streamSequence, group);
      group.done = work(group);
    },
    size: () => held.size,
    async settled() {
      while (held.size > 0) await Promise.all([...held.values()].map(({ done }) => done));
    },
    extendLeases() {
      for (const { delivery } of held.values()) connection.publish(delivery.ackSubject, workingBytes);
    },
  };
}

/** One counter call per state and group, one histogram record per order. */
function countOutcomes(
  instruments: Instruments,
  orders: readonly OrderCreated[],
  decisions: readonly Decision[],
  settledMs: number,
): void {
  const byState = new Map<Decision['state'], number>();
  for (const [index, order] of orders.entries()) {
    const state = decisions[index]?.state;
    if (state === undefined) continue;
    byState.set(state, (byState.get(state) ?? 0) + 1);
    instruments.settled(state, Math.max(0, settledMs - Number(order.receivedAtMs)));
  }
  for (const [state, count] of byState) instruments.outcomes(state, count);
}
