import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/nats-core';
import { names } from '../../topology/platform.ts';
import { delay } from '../runtime/index.ts';

/** A message as the durable consumer delivered it. */
export type Delivery = {
  readonly data: Uint8Array;
  readonly streamSequence: number;
  /** 1 for the first time. */
  readonly deliveryCount: number;
  /** Whether an operator brought it back from the dead letters. */
  readonly isRedriven: boolean;
  /** Where acknowledgements of this delivery go. */
  readonly ackSubject: string;
};

/**
 * A pull consumer with credit: never more messages are on their way than were asked for. It asks in rounds: for what
 * there is by then, at once when the last round left some behind, else after a while. A replicated consumer has each of
 * its steps fsynced by a majority, and those of messages that leave together in one go.
 *
 * The client's own `consume()` asks for another message with every one that arrives, whether or not the last is done,
 * and can be held back only by unsubscribing, which drops what is on its way and so uses up a delivery. This one
 * keeps one subscription for life and asks only for what the service has room for.
 *
 * When the connection is closed for good, the next request throws: a process without brokers has nothing to wait for.
 */
export type Pull = {
  /** Asks the consumer for what there is room for now. To be called when there may be more of it than before. */
  fill(): void;
  /** Takes what is still on its way, then ends. Resolves when nothing will follow. */
  drain(): Promise<void>;
};

/** How long a request for messages stands when none come. */
const expiresMs = 10_000;
/** The broker says this often that a standing request is alive. */
const heartbeatMs = 2_000;
/** A request is lost (with its broker, or a leader) when it is this much past its time. */
const graceMs = 2_000;
/**
 * How long messages that were asked for may still come at the end. When they flow, all of them do; unsubscribing any
 * earlier would drop the one that the broker is just sending, for the length of AckWait.
 */
const lastOnesMs = 250;
/** Wait before asking again when a broker turned a request down: there is no leader, or it is changing. */
const refusedMs = 250;

/**
 * From a round that took all there was to the next. Together with what groups do together (together.ts) it takes a third of the
 * brokers' CPU at 10,000 orders/s (docs/decisions/0012-payment-works-in-rounds.md).
 */
export const defaultRoundMs = 100;

/** A request that stands, by its inbox, until all of what it asked for has come. */
type Request = { readonly subject: string; remaining: number; readonly expiresAt: number };

export function openPull(options: {
  readonly connection: NatsConnection;
  /** Of the inboxes that the connection may subscribe to; default `_INBOX`. */
  readonly inboxPrefix?: string;
  readonly stream: string;
  readonly consumer: string;
  /** How many further messages could be taken now, those on their way included. Asked anew each time it matters. */
  readonly room: () => number;
  /** From one round to the next while there is nothing more than fits into one, milliseconds. */
  readonly roundMs: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Milliseconds, monotonic. */
  readonly monotonicMs: () => number;
}): Pull {
  const { connection, monotonicMs } = options;
  const askSubject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
  const inbox = createInbox(options.inboxPrefix);
  /** The next one is sent when there is none. */
  let standing: Request | undefined;
  let requestsMade = 0;
  let isDraining = false;
  /** When the broker was last heard of; a new request begins it anew. */
  let lastSignAt = 0;
  let retry: NodeJS.Timeout | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Whether the last round was ended by the broker, as one that left nothing behind. */
  let wasAll = false;
  let onNothingOnTheWay: () => void = () => {};

  const forget = (subject: string) => {
    if (standing?.subject === subject) standing = undefined;
  };

  const ask = () => {
    const batch = options.room();
    if (isDraining || retry !== undefined || standing !== undefined || batch <= 0) return;
    const now = monotonicMs();
    const waitMs = wasAll ? askedAt + options.roundMs - now : 0;
    if (waitMs > 0) {
      askIn(waitMs);
      return;
    }
    askedAt = now;
    wasAll = false;
    const subject = `${inbox}.${requestsMade++}`;
    // The broker owes no sign of life for a time in which nothing was asked of it.
    lastSignAt = now;
    standing = { subject, remaining: batch, expiresAt: now + expiresMs + graceMs };
    connection.publish(
      askSubject,
      // With both, it stands until there is something, and ends when that has left (processNextMsgRequest of nats-server).
      JSON.stringify({
        batch,
        no_wait: true,
        expires: nanos(expiresMs),
        idle_heartbeat: nanos(heartbeatMs),
      }),
      { reply: subject },
    );
  };

  const askIn = (ms: number) => {
    retry ??= setTimeout(() => {
      retry = undefined;
      ask();
    }, ms);
  };

  const onStatus = (message: Msg) => {
    switch (message.headers?.code) {
      case 100:
        return;
      case 404:
      case 408:
        forget(message.subject);
        wasAll = true;
        ask();
        return;
      default:
        forget(message.subject);
        askIn(refusedMs);
    }
  };

  const onMessage = (message: Msg) => {
    if (standing !== undefined && --standing.remaining === 0) {
      standing = undefined;
      onNothingOnTheWay();
    }
    options.onDelivery(parseDelivery(message));
  };

  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) return;
      lastSignAt = monotonicMs();
      if (message.subject.startsWith(inbox)) onStatus(message);
      else onMessage(message);
    },
  });

  const watch = setInterval(() => {
    const now = monotonicMs();
    const isSilent = now - lastSignAt > 2 * heartbeatMs + graceMs;
    if (standing !== undefined && (isSilent || standing.expiresAt < now)) standing = undefined;
    ask();
  }, 1_000);

  void (async () => {
    // The broker forgets standing requests with the connection they came by.
    for await (const status of connection.status()) {
      if (status.type !== 'reconnect') continue;
      standing = undefined;
      ask();
    }
  })();

  return {
    fill: ask,
    async drain() {
      isDraining = true;
      clearInterval(watch);
      clearTimeout(retry);
      const served = new Promise<void>((resolve) => {
        onNothingOnTheWay = resolve;
      });
      if (standing !== undefined) await Promise.race([served, delay(lastOnesMs)]);
      await subscription.drain();
    },
  };
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>`, which newer
 * brokers spell with domain and account after `ACK` and a random last token (NATS ADR-15).
 */
export function parseDelivery(message: Pick<Msg, 'data' | 'reply' | 'headers'>): Delivery {
  const ackSubject = message.reply ?? '';
  const tokens = ackSubject.split('.');
  const first = tokens.length === 9 ? 4 : 6;
  const deliveryCount = Number(tokens[first]);
  const streamSequence = Number(tokens[first + 1]);
  if (!Number.isSafeInteger(deliveryCount) || !Number.isSafeInteger(streamSequence)) {
    throw new Error(`not an acknowledgement subject: ${JSON.stringify(ackSubject)}`);
  }
  const isRedriven = message.headers?.has(names.redriveHeader) === true;
  return { data: message.data, streamSequence, deliveryCount, isRedriven, ackSubject };
}
