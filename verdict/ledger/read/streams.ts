import { fromBinary } from '@bufbuild/protobuf';
import type { JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { DeliverPolicy, JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { decodeOrdersByLibrary } from '../../../proto/codec.ts';
import type { OrderCreated, PaymentProcessed } from '../../../proto/gen/orders/v1/orders_pb.js';
import {
  DeadLetterActionSchema,
  DeadLetterSchema,
  PaymentGroupSchema,
  TerminalState as WireState,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import { tellableOrderId } from '../../../proto/identity.ts';
import { names } from '../../../topology/platform.ts';
import type { MessageRemark, TerminalState } from '../facts.ts';
import { terminalStates } from '../facts.ts';
import type { OrderTable } from '../order-table.ts';
import type { SourceState } from '../sources.ts';
import { whole } from '../sources.ts';
import { DeadLetterDesk } from './dead-letter-desk.ts';

/**
 * First stream sequence of interest in each stream; undefined reads from the first message there is. A stream with a start
 * was there when the run began: when it is not any more, it is read as one that has lost everything.
 */
export type StreamStarts = {
  readonly orders?: number;
  readonly outcomes?: number;
  readonly deadLetters?: number;
};

export type StreamsReading = {
  readonly states: Readonly<Record<'orders' | 'outcomes' | 'dead-letters', SourceState>>;
  /** Messages (groups) read, by stream. */
  readonly messages: Readonly<Record<string, number>>;
  readonly undecodable: readonly MessageRemark[];
  readonly orderlessDeadLetters: readonly MessageRemark[];
  /** The last sequence that was to be read of each stream that could be read. */
  readonly ends: ReadonlyMap<string, number>;
};

/** How long a stream may give nothing before it counts as cut short. */
const stallMs = 30_000;
/** Messages asked for ahead: of at most a mebibyte each. */
const messagesAhead = 200;

/**
 * Reads orders, outcomes and dead letters into the table, each from its start to the last message at the time of asking.
 *
 * The ends of outcomes and dead letters are asked for before the end of orders, so that every outcome read belongs to an
 * order that is read too, even while the platform runs on.
 *
 * @param runId only this run's orders count; undefined takes all
 * @param onProgress called after each message with how many of the stream's were read
 */
export async function readStreams(
  table: OrderTable,
  connection: NatsConnection,
  options: {
    readonly runId: string | undefined;
    readonly starts: StreamStarts;
    readonly onProgress?: (stream: string, done: number, total: number) => void;
    readonly signal?: AbortSignal;
  },
): Promise<StreamsReading> {
  const { runId, starts } = options;
  const isOfRun = (order: { readonly runId: string }) => runId === undefined || order.runId === runId;
  const undecodable: MessageRemark[] = [];
  const orderlessDeadLetters: MessageRemark[] = [];
  const messages: Record<string, number> = {};
  const manager = await jetstreamManager(connection, { checkAPI: false });

  /** Calls `take` for each message; what it throws makes the message undecodable. */
  const read = async (range: Range, take: (message: JsMsg) => void) => {
    messages[range.stream] = 0;
    return readRange(manager, range, options.signal, (message) => {
      const done = (messages[range.stream] ?? 0) + 1;
      messages[range.stream] = done;
      try {
        take(message);
      } catch (error) {
        undecodable.push({ stream: range.stream, sequence: message.seq, problem: reasonOf(error) });
      }
      options.onProgress?.(range.stream, done, range.to - range.from + 1);
    });
  };

  const outcomeRange = await rangeOf(manager, names.outcomesStream, starts.outcomes);
  const deadLetterRange = await rangeOf(manager, names.deadLettersStream, starts.deadLetters);
  const orderRange = await rangeOf(manager, names.ordersStream, starts.orders);

  const orders = await read(orderRange, ({ data, seq, headers }) => {
    const group = decodeOrdersByLibrary(data);
    requireSome(group);
    const isRedriven = headers?.has(names.redriveHeader) === true;
    for (const [index, order] of group.entries()) {
      if (order instanceof Uint8Array) {
        const problem = `order ${index} of the message cannot be read`;
        undecodable.push({ stream: names.ordersStream, sequence: seq, problem });
        continue;
      }
      if (!isOfRun(order)) continue;
      table.addStored({ ...moneyOf(order), chargeKey: order.chargeKey, position: seq });
      if (isRedriven) table.addRedrive(order.orderId);
    }
  });
  const outcomes = await read(outcomeRange, ({ data }) => {
    const group = fromBinary(PaymentGroupSchema, data).payments;
    requireSome(group);
    for (const outcome of group) {
      if (!isOfRun(outcome)) continue;
      const { reason, chargeId } = outcome;
      table.addOutcome({ ...moneyOf(outcome), state: stateOf(outcome), reason, chargeId });
    }
  });
  const desk = new DeadLetterDesk();
  const deadLetters = await read(deadLetterRange, ({ data, seq, subject }) => {
    if (subject === names.deadLetterActionsSubject) desk.act(fromBinary(DeadLetterActionSchema, data));
    else desk.open(seq, fromBinary(DeadLetterSchema, data));
  });
  for (const { order, runId } of desk.discarded) if (isOfRun({ runId })) table.addDiscard(order);
  for (const [sequence, { order, cause, detail }] of desk.letters) {
    if (order === undefined) {
      const problem = `${cause}: ${detail}`;
      orderlessDeadLetters.push({ stream: names.deadLettersStream, sequence, problem });
    } else if (isOfRun(order)) {
      table.addDeadLetter(order.orderId);
    }
  }
  return {
    states: { orders, outcomes, 'dead-letters': deadLetters },
    messages,
    undecodable: undecodable.filter((remark) => !desk.isSettled(remark)),
    orderlessDeadLetters,
    ends: new Map(
      [orderRange, outcomeRange, deadLetterRange].flatMap(({ stream, to, state }) =>
        state.kind === 'failed' ? [] : [[stream, to]],
      ),
    ),
  };
}

/**
 * Whether the streams still end where they did when they were read. A publisher that was out of touch with the brokers may
 * store long after its client has given up, and nothing shows that as a backlog before.
 */
export async function readRest(
  connection: NatsConnection,
  ends: ReadonlyMap<string, number>,
): Promise<SourceState> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  for (const [stream, end] of ends) {
    let last: number;
    try {
      last = await lastOf(manager, stream);
    } catch (error) {
      return { kind: 'part', why: `whether stream ${stream} went on is not known: ${reasonOf(error)}` };
    }
    if (last > end) {
      return { kind: 'part', why: `stream ${stream} went on from ${end} to ${last} while the audit read` };
    }
  }
  return whole;
}

/** The last sequence of a stream, 0 when it is not there. */
async function lastOf(manager: JetStreamManager, stream: string): Promise<number> {
  try {
    return (await manager.streams.info(stream)).state.last_seq;
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

/** What to read of a stream, both ends included; `from` is past `to` when there is nothing. */
type Range = {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
  readonly state: SourceState;
};

async function rangeOf(manager: JetStreamManager, stream: string, start: number | undefined): Promise<Range> {
  let first: number;
  let last: number;
  try {
    const { state } = await manager.streams.info(stream);
    // A stream that never held a message says 0.
    first = Math.max(1, state.first_seq);
    last = state.last_seq;
  } catch (error) {
    if (isNotFound(error) && start !== undefined) {
      // The brokers' leader says so: whatever was in it is lost.
      const remark = `stream ${stream} is there no more; it ended at ${start - 1} when the run began`;
      return { stream, from: 1, to: 0, state: { kind: 'whole', remark } };
    }
    return { stream, from: 1, to: 0, state: { kind: 'failed', why: `stream ${stream}: ${reasonOf(error)}` } };
  }
  if (start === undefined) return { stream, from: first, to: last, state: whole };
  if (last + 1 < start) {
    const remark = `stream ${stream} ends at ${last}, before its end when the run began, ${start - 1}`;
    return { stream, from: first, to: last, state: { kind: 'whole', remark } };
  }
  if (first > start) {
    const why = `stream ${stream} has moved on: it begins at ${first}, the run at ${start}`;
    return { stream, from: first, to: last, state: { kind: 'part', why } };
  }
  return { stream, from: start, to: last, state: whole };
}

/** Reads a range as far as the brokers give it. */
async function readRange(
  manager: JetStreamManager,
  range: Range,
  signal: AbortSignal | undefined,
  take: (message: JsMsg) => void,
): Promise<SourceState> {
  const { stream, from, to } = range;
  if (from > to) return range.state;
  try {
    return await consumeRange(manager, range, signal, take);
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'part', why: `stream ${stream} could not be read to its end: ${reasonOf(error)}` };
  }
}

/** Reads a range with an ordered consumer, which notices and repairs gaps in delivery. */
async function consumeRange(
  manager: JetStreamManager,
  range: Range,
  signal: AbortSignal | undefined,
  take: (message: JsMsg) => void,
): Promise<SourceState> {
  const { stream, from, to } = range;
  const consumer = await manager.jetstream().consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  const messages = await consumer.consume({
    max_messages: messagesAhead,
    // The consumer lives in one broker's memory. When that is lost, missed heartbeats are how it is noticed.
    expires: 2_000,
    idle_heartbeat: 500,
  });
  const watchdog = setTimeout(() => messages.stop(), stallMs);
  const abort = () => messages.stop();
  signal?.addEventListener('abort', abort);
  let last = from - 1;
  let removed = 0;
  try {
    for await (const message of messages) {
      watchdog.refresh();
      // Messages may have arrived since the end was asked for.
      if (message.seq > to) {
        removed += to - last;
        last = to;
        break;
      }
      removed += message.seq - last - 1;
      last = message.seq;
      take(message);
      if (last === to) break;
    }
  } finally {
    clearTimeout(watchdog);
    signal?.removeEventListener('abort', abort);
    await messages.close();
    await consumer.delete().catch(() => {
      // A consumer that the brokers lost is gone; one that cannot be deleted now goes away when nobody pulls.
    });
  }
  signal?.throwIfAborted();
  if (last < to)
    return { kind: 'part', why: `stream ${stream} gave nothing for ${stallMs} ms after ${last} of ${to}` };
  if (removed > 0 && range.state.kind === 'whole') {
    return {
      kind: 'whole',
      remark: `${removed} messages have been removed from the middle of stream ${stream}`,
    };
  }
  return range.state;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A group of none is how protobuf reads most bytes that are no group. */
function requireSome(group: readonly unknown[]): void {
  if (group.length === 0) throw new TypeError('the message holds no order');
}

function moneyOf(order: OrderCreated | PaymentProcessed) {
  if (order.orderId === '') throw new TypeError('an order has no id');
  return { orderId: order.orderId, amountMinor: Number(order.amountMinor), currency: order.currency };
}

const stateByWire: Readonly<Record<WireState, TerminalState | undefined>> = {
  [WireState.UNSPECIFIED]: undefined,
  [WireState.CHARGED]: 'charged',
  [WireState.DECLINED]: 'declined',
  [WireState.CONFLICT]: 'conflict',
  [WireState.DEAD_LETTERED]: 'dead-lettered',
};

/** The state in either spelling: writers of the original schema know only the text. */
function stateOf(outcome: PaymentProcessed): TerminalState {
  const state = stateByWire[outcome.terminalState] ?? terminalStates.find((name) => name === outcome.status);
  if (state === undefined)
    throw new TypeError(`the outcome of order ${tellableOrderId(outcome.orderId)} has no terminal state`);
  return state;
}
