import { fromBinary } from '@bufbuild/protobuf';
import { DeliverPolicy, JetStreamApiError, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { z } from 'zod';
import { decodeOrderGroup, decodePaymentGroup } from '../../../proto/codec.ts';
import { DeadLetterSchema } from '../../../proto/gen/orders/v1/orders_pb.js';
import { names } from '../../../topology/platform.ts';
import type { ConsumerFacts, OrderFacts, StoredAt } from '../journey/facts.ts';
import type { StreamSources } from '../model.ts';
import { formatTime } from '../render/format.ts';
import { askJson, parseAnswer, SourceError } from './ask.ts';

/** A stream that gives nothing for so long is given up. */
const stallMs = 2_000;
/** All that is looked through for one order, at most: a reader waits for it. */
const searchMs = 4_000;
/** Search and all: somebody waits for the answer. */
const askMs = 6_000;
/** Clocks of brokers that lead different streams may differ by that. */
const clockSkewMs = 1_000;
/** A group that was processed again leaves its second outcome within the ack wait and some retries. */
const repeatsWithinMs = 60_000;
/** Messages asked for ahead: of at most a mebibyte each. */
const messagesAhead = 100;

const orderAnswer = z.object({
  order_id: z.string(),
  status: z.string(),
  reason: z.string(),
  position: z.number(),
});
const absence = z.object({ status: z.literal(404) });

/**
 * What the order service and the streams know of an order: its place from a projection, its times from the brokers. Only
 * what was stored after it is looked through for its outcomes.
 *
 * @returns undefined when the order service does not know it
 * @throws SourceError (rejects) when nobody who would know answers
 */
export async function readOrderFacts(
  sources: StreamSources,
  orderId: string,
): Promise<OrderFacts | undefined> {
  const found = await askOrder(sources, orderId);
  if (found === undefined) return undefined;
  try {
    return await within(
      askMs,
      sources.askBrokers((manager) => factsOf(manager, found)),
    );
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError(`the brokers cannot be asked: ${reason}`, { cause });
  }
}

async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new SourceError(`the brokers gave no answer within ${ms / 1_000} s`)),
    ms,
  );
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
    // Nobody waits for what comes too late.
    asked.catch(() => {});
  }
}

/** The first replica that knows the order answers for all; one that is behind may not know it yet. */
async function askOrder({ orderAdmin }: StreamSources, orderId: string) {
  let failure: unknown;
  let isUnknown = false;
  for (const url of orderAdmin) {
    const source = `the order service at ${url}`;
    try {
      const answer = await askJson(source, `${url}/admin/orders/${orderId}`);
      if (!absence.safeParse(answer).success) return parseAnswer(orderAnswer, answer, source);
      isUnknown = true;
    } catch (error) {
      failure = error;
    }
  }
  // What one replica does not know, one that does not answer may.
  if (failure !== undefined) throw failure;
  if (!isUnknown) throw new SourceError('this page knows no order service to ask');
  return undefined;
}

async function factsOf(manager: JetStreamManager, order: z.infer<typeof orderAnswer>): Promise<OrderFacts> {
  const message = await manager.streams.getMessage(names.ordersStream, { seq: order.position });
  if (message === null)
    throw new SourceError(`stream ${names.ordersStream} does not hold message ${order.position} any more`);
  const group = decodeOrderGroup(message.data);
  const own = group.find(({ orderId }) => orderId === order.order_id);
  if (own === undefined)
    throw new SourceError(`message ${order.position} of ${names.ordersStream} does not hold the order`);
  const stored = {
    stream: names.ordersStream,
    sequence: message.seq,
    atMs: message.time.getTime(),
    groupOrders: group.length,
  };
  const traceId = /^00-([0-9a-f]{32})-/.exec(own.traceparent)?.[1];
  const gaps: string[] = [];
  const search = { manager, orderId: order.order_id, fromMs: stored.atMs - clockSkewMs, gaps };
  const [outcomes, deadLetters, consumer] = await Promise.all([
    searchStream({ ...search, stream: names.outcomesStream, mayBeNone: false }, outcomeIn),
    searchStream({ ...search, stream: names.deadLettersStream, mayBeNone: true }, deadLetterIn),
    readConsumer(manager).catch(() => undefined),
  ]);
  return {
    ...{ orderId: order.order_id, state: order.status, reason: order.reason, runId: own.runId },
    ...(traceId === undefined ? {} : { traceId }),
    receivedAtMs: Number(own.receivedAtMs),
    ...{ stored, outcomes, deadLetters },
    ...(consumer === undefined ? {} : { consumer }),
    gaps,
  };
}

function outcomeIn(data: Uint8Array, orderId: string) {
  const group = decodePaymentGroup(data);
  const own = group.find((payment) => payment.orderId === orderId);
  return own === undefined ? undefined : { groupOrders: group.length, state: own.status, reason: own.reason };
}

function deadLetterIn(data: Uint8Array, orderId: string) {
  const { order, cause, detail } = fromBinary(DeadLetterSchema, data);
  return order?.orderId === orderId ? { groupOrders: 1, cause, detail } : undefined;
}

async function readConsumer(manager: JetStreamManager): Promise<ConsumerFacts> {
  const info = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
  return {
    delivered: info.delivered.stream_seq,
    ackFloor: info.ack_floor.stream_seq,
    inHand: info.num_ack_pending,
    redelivered: info.num_redelivered,
  };
}

type Search = {
  readonly manager: JetStreamManager;
  readonly stream: string;
  readonly orderId: string;
  /** What was stored before cannot be about the order. */
  readonly fromMs: number;
  /** Whether most orders have none: then it is not looked for to the end of the stream. */
  readonly mayBeNone: boolean;
  /** Takes why the search ended early. */
  readonly gaps: string[];
};

/** The messages of a stream that are about an order, the oldest first. */
async function searchStream<T extends { readonly groupOrders: number }>(
  search: Search,
  find: (data: Uint8Array, orderId: string) => T | undefined,
): Promise<readonly (T & StoredAt)[]> {
  const { stream, orderId, fromMs, mayBeNone, gaps } = search;
  const found: (T & StoredAt)[] = [];
  const id = Buffer.from(orderId);
  const end = await readFrom(search, (message) => {
    const atMs = message.time.getTime();
    // Most messages are of others; an id stands in the bytes as it is.
    const own = Buffer.from(message.data).includes(id) ? findSafely(find, message, orderId) : undefined;
    if (own !== undefined) found.push({ ...own, stream, sequence: message.seq, atMs });
    const isLate = atMs - fromMs > repeatsWithinMs;
    return !(isLate && (found.length > 0 || mayBeNone));
  });
  if (end !== undefined) gaps.push(end);
  return found;
}

/** Bytes that are no group are nobody's outcome; the audit tells of them. */
function findSafely<T>(
  find: (data: Uint8Array, orderId: string) => T | undefined,
  message: JsMsg,
  orderId: string,
): T | undefined {
  try {
    return find(message.data, orderId);
  } catch {
    return undefined;
  }
}

/**
 * Reads a stream from a time on, until its end as it is now or until it is told that it is enough.
 *
 * @param goesOn called with each message; false when no more is needed
 * @returns why not all of it was read; undefined when it was
 */
async function readFrom(
  { manager, stream, fromMs }: Search,
  goesOn: (message: JsMsg) => boolean,
): Promise<string | undefined> {
  const state = await lastOf(manager, stream);
  if (state === undefined || state.lastAtMs < fromMs) return undefined;
  const consumer = await manager.jetstream().consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(fromMs).toISOString(),
  });
  const messages = await consumer.consume({
    max_messages: messagesAhead,
    expires: 2_000,
    idle_heartbeat: 500,
  });
  const stalled = setTimeout(() => messages.stop(), stallMs);
  const late = setTimeout(() => messages.stop(), searchMs);
  let lastAtMs: number | undefined;
  try {
    for await (const message of messages) {
      stalled.refresh();
      lastAtMs = message.time.getTime();
      if (!goesOn(message) || message.seq >= state.sequence) return undefined;
    }
  } finally {
    clearTimeout(stalled);
    clearTimeout(late);
    await messages.close();
    await consumer.delete().catch(() => {
      // One that cannot be deleted now goes away when nobody pulls.
    });
  }
  const until = lastAtMs === undefined ? 'nothing of it' : `up to ${formatTime(lastAtMs)}`;
  return `stream ${stream} was read ${until} only, within ${searchMs / 1_000} s`;
}

/** The end of a stream; undefined where it holds nothing or is not there. */
async function lastOf(manager: JetStreamManager, stream: string) {
  try {
    const { state } = await manager.streams.info(stream);
    if (state.messages === 0) return undefined;
    return { sequence: state.last_seq, lastAtMs: Date.parse(state.last_ts) };
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return undefined;
    throw error;
  }
}
