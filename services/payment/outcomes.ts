import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { encodePaymentGroup } from '../../proto/codec.ts';
import {
  DeadLetterSchema,
  type OrderCreated,
  OrderCreatedSchema,
  type PaymentProcessed,
  TerminalState,
} from '../../proto/gen/orders/v1/orders_pb.js';
import { names } from '../../topology/platform.ts';
import { backoffMs, delay, type Log, publishOnce, RemoteError } from '../runtime/index.ts';
import { AbandonedError } from './abandoned.ts';
import { type DeadLettered, type Decision, deadLetter } from './decision.ts';
import type { OrderGroup } from './decode.ts';
import type { Instruments } from './instruments.ts';
import { createOutcomeBatches } from './together.ts';

/** Publishes how orders ended. Every promise resolves when the brokers have stored it, and keeps trying until then. */
export type OutcomePublisher = {
  /**
   * The dead letters of a group first, then the outcome of every order of it that can be read, in a message that groups
   * share which are published at about the same time. The same groups give the same messages under the same ids, however
   * often they are published; a group that is delivered again comes with others, and may so be stored twice.
   *
   * @throws AbandonedError when the service stops first
   */
  publishGroup(
    sequence: number,
    group: OrderGroup,
    decisions: readonly Decision[],
    traceparentOf: (index: number) => string,
  ): Promise<void>;
  /**
   * A message that is no group of orders, or is gone, as one dead letter.
   * @throws AbandonedError when the service stops first
   */
  publishRaw(sequence: number, raw: Uint8Array, cause: DeadLettered): Promise<void>;
};

/** Room for the headers of a message: its id names at most as many groups as are held. */
const headersBytesMax = 8_192;

/** Room for the other fields of a dead letter beside the bytes of the message it tells of. */
const deadLetterOverheadBytes = 4_096;

const unreadable = deadLetter(
  'undecodable',
  'the order cannot be read, has no order_id, a text of more than 64 characters where outcomes repeat it, or an integer beyond 2^53',
);

const terminalStates: Readonly<Record<Decision['state'], TerminalState>> = {
  charged: TerminalState.CHARGED,
  declined: TerminalState.DECLINED,
  conflict: TerminalState.CONFLICT,
  'dead-lettered': TerminalState.DEAD_LETTERED,
};

export function createOutcomePublisher(parts: {
  readonly client: JetStreamClient;
  readonly messageIdOf: (ordersSequences: readonly number[]) => string;
  readonly encode: typeof encodePaymentGroup;
  /** The largest message the brokers take, in bytes. */
  readonly payloadBytesMax: number;
  /** Waits between one round of tries ({@link publishOnce}) and the next. */
  readonly retry: { readonly baseMs: number; readonly capMs: number };
  readonly instruments: Instruments;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal;
}): OutcomePublisher {
  const { instruments, signal } = parts;
  const rawBytesMax = parts.payloadBytesMax - deadLetterOverheadBytes;

  const store = async (stream: string, subject: string, bytes: Uint8Array, messageId: string) => {
    const startedAt = parts.monotonicMs();
    const onRetry = (error: RemoteError) => instruments.publishFailure(stream, error.code);
    for (let round = 0; ; round++) {
      try {
        await publishOnce(parts.client, subject, bytes, { messageId, onRetry });
        instruments.publish(stream, parts.monotonicMs() - startedAt);
        return;
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        // Once a message: an outage of the brokers lasts as long as it lasts, and the metrics count its tries.
        if (round === 0) parts.log.warn({ stream, messageId, code: error.code }, 'not stored yet, trying on');
      }
      await delay(backoffMs(round, parts.retry), signal);
      if (signal.aborted) throw new AbandonedError();
    }
  };

  const storeDeadLetter = async (
    sequence: number,
    index: number,
    letter: MessageInitShape<typeof DeadLetterSchema>,
    { cause, detail }: DeadLettered,
  ) => {
    const message = create(DeadLetterSchema, {
      cause,
      detail,
      stream: names.ordersStream,
      streamSequence: BigInt(sequence),
      indexInGroup: index,
      ...letter,
    });
    const bytes = toBinary(DeadLetterSchema, message);
    await store(names.deadLettersStream, names.deadLettersSubject, bytes, `dead:${sequence}:${index}`);
    instruments.deadLetters(cause, 1);
  };

  /** Bytes as one dead letter, cut where they would not fit into a message. */
  const storeRaw = (sequence: number, index: number, raw: Uint8Array, cause: DeadLettered) => {
    if (raw.length <= rawBytesMax) return storeDeadLetter(sequence, index, { raw }, cause);
    const detail = `${cause.detail}; cut to ${rawBytesMax} of ${raw.length} bytes`;
    return storeDeadLetter(sequence, index, { raw: raw.subarray(0, rawBytesMax) }, { ...cause, detail });
  };

  const storeOrder = (sequence: number, index: number, order: OrderCreated, cause: DeadLettered) => {
    const raw = toBinary(OrderCreatedSchema, order);
    return raw.length <= rawBytesMax
      ? storeDeadLetter(sequence, index, { order }, cause)
      : storeRaw(sequence, index, raw, cause);
  };

  const storeTogether = createOutcomeBatches({
    bytesMax: parts.payloadBytesMax - headersBytesMax,
    store: (bytes, sequences) =>
      store(names.outcomesStream, names.outcomesSubject, bytes, parts.messageIdOf(sequences)),
  });

  return {
    async publishGroup(sequence, { orders, positions, broken }, decisions, traceparentOf) {
      await Promise.all([
        ...broken.map(({ position, bytes }) => storeRaw(sequence, position, bytes, unreadable)),
        ...orders.map((order, index) => {
          const decision = decisions[index];
          return decision?.state === 'dead-lettered'
            ? storeOrder(sequence, positions[index] ?? index, order, decision)
            : undefined;
        }),
      ]);
      if (orders.length === 0) return;
      const payments = orders.map((order, index) => outcomeOf(order, decisions[index], traceparentOf(index)));
      await storeTogether(sequence, parts.encode(payments));
    },

    publishRaw: (sequence, raw, cause) => storeRaw(sequence, 0, raw, cause),
  };
}

/** @throws Error when the order has no decision: an outcome is never made up */
export function outcomeOf(
  order: OrderCreated,
  decision: Decision | undefined,
  traceparent: string,
): Omit<PaymentProcessed, '$typeName' | '$unknown'> {
  if (decision === undefined) throw new Error(`order ${order.orderId} has no decision`);
  return {
    orderId: order.orderId,
    status: decision.state,
    terminalState: terminalStates[decision.state],
    reason: reasonOf(decision),
    chargeId: decision.state === 'charged' ? decision.chargeId : '',
    amountMinor: order.amountMinor,
    currency: order.currency,
    traceparent,
    runId: order.runId,
    receivedAtMs: order.receivedAtMs,
  };
}

function reasonOf(decision: Decision): string {
  switch (decision.state) {
    case 'charged':
      return '';
    case 'dead-lettered':
      return decision.cause;
    default:
      return decision.reason;
  }
}
