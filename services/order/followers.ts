import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { names } from '../../topology/platform.ts';
import { delay, type Log, type Readiness } from '../runtime/index.ts';
import { createApplier } from './applier.ts';
import type { Batch, Positions, Projection, StreamIdentity, StreamName } from './projection.ts';
import { isCorruption } from './projection-file.ts';
import type { OutcomeRow, Reading } from './wire.ts';

export type Followers = {
  /** Begins again from what the streams are now, as after a failure. */
  restart(reason: string): void;
  /** Resolves when nothing is applied any more. */
  stop(): Promise<void>;
};

const streamNames: Readonly<Record<StreamName, string>> = {
  orders: names.ordersStream,
  outcomes: names.outcomesStream,
};

/** Between two tries to follow, while brokers elect leaders or streams do not exist yet. */
const retryMs = 500;
/** A new leader may say for a moment that the stream ends before what it has delivered already. */
const aheadMsMax = 5_000;
/** Rows applied in one turn of the event loop: some milliseconds. */
const rowsPerTurn = 500;
/** Rows that may wait to be applied; beyond it nothing more is asked for, however long the stream. */
const rowsWaitingMax = 10_000;

/**
 * Keeps the projection up to date: one ordered consumer per stream, from the projection's position on, for ever. Says
 * under `projection` whether it has caught up with what the streams held when it began.
 *
 * When a consumer ends, or the projection cannot take what came, it begins again from the stored positions; when the
 * projection's file is corrupt, from the beginning of the streams.
 */
export function startFollowers(options: {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly projection: Projection;
  readonly reading: Reading;
  readonly readiness: Readiness;
  readonly log: Log;
  /** Told of the positions after each change. */
  readonly onApplied: (positions: Positions) => void;
  /** Told of outcomes after they were applied, but not of those from before the projection had caught up. */
  readonly onOutcomes: (rows: readonly OutcomeRow[]) => void;
  /** Told how long after it was due a change of the projection was made, milliseconds. */
  readonly onWaited: (waitedMs: number) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}): Followers {
  const { client, manager, projection, reading, readiness, log, onApplied, onOutcomes } = options;
  const stopping = new AbortController();
  /** Once true, a failing consumer shows as lag, not as a service that is not ready; until the file starts anew. */
  let hasCaughtUp = false;
  /** Ends the following that is under way, as a failure. */
  let interrupt: ((error: Error) => void) | undefined;

  const read = (stream: StreamName, message: JsMsg): Batch => {
    const position = message.seq;
    try {
      return stream === 'orders'
        ? { stream, position, rows: reading.orders(message.data) }
        : { stream, position, rows: reading.outcomes(message.data) };
    } catch (error) {
      // Payment dead-letters what it cannot decode either; here it must not block what comes after it.
      log.error({ error, stream, position }, 'a message cannot be decoded; it is left out of the projection');
      return { stream, position, rows: [] };
    }
  };

  const identify = async (stream: StreamName): Promise<StreamIdentity> => {
    const { created, state } = await manager.streams.info(streamNames[stream]);
    return {
      created: String(created),
      firstPosition: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
      lastPosition: state.last_seq,
    };
  };

  const identifyBoth = async (): Promise<Readonly<Record<StreamName, StreamIdentity>>> => {
    for (let waitedMs = 0; ; waitedMs += retryMs) {
      const streams = { orders: await identify('orders'), outcomes: await identify('outcomes') };
      const at = projection.positions();
      const isAhead = at.orders > streams.orders.lastPosition || at.outcomes > streams.outcomes.lastPosition;
      if (!isAhead || waitedMs >= aheadMsMax) return streams;
      await delay(retryMs, stopping.signal);
    }
  };

  /** Follows until it is stopped or fails. */
  const follow = async (): Promise<void> => {
    const streams = await identifyBoth();
    const before = projection.positions();
    const from = projection.attach(streams);
    onApplied(from);
    if (from.orders < before.orders || from.outcomes < before.outcomes) hasCaughtUp = false;
    const report = (at: Positions): void => {
      if (hasCaughtUp) return;
      const { orders, outcomes } = streams;
      if (at.orders >= orders.lastPosition && at.outcomes >= outcomes.lastPosition) {
        hasCaughtUp = true;
        readiness.have('projection');
        return;
      }
      readiness.lack(
        'projection',
        `at ${at.orders} of ${orders.lastPosition} messages of orders, ` +
          `${at.outcomes} of ${outcomes.lastPosition} of outcomes`,
      );
    };
    report(from);

    const failed = Promise.withResolvers<void>();
    failed.promise.catch(() => {
      // It can fail before anybody waits for it, and after everybody has stopped.
    });
    interrupt = failed.reject;
    const applier = createApplier({
      rowsPerTurn,
      rowsWaitingMax,
      onError: failed.reject,
      onApplied: options.onWaited,
      now: options.now,
      apply(batches) {
        if (!projection.apply(batches)) return false;
        const at = projection.positions();
        onApplied(at);
        report(at);
        if (!hasCaughtUp) return true;
        for (const batch of batches) if (batch.stream === 'outcomes') onOutcomes(batch.rows);
        return true;
      },
    });
    const consumers: ConsumerMessages[] = [];
    try {
      for (const stream of ['orders', 'outcomes'] as const) {
        const consumer = await client.consumers.get(streamNames[stream], { opt_start_seq: from[stream] + 1 });
        const messages = await consumer.consume({
          max_messages: 128,
          // A consumer lives in one broker's memory; missed heartbeats are how its loss is noticed.
          expires: 2_000,
          idle_heartbeat: 500,
        });
        consumers.push(messages);
        const takeAll = async (): Promise<void> => {
          for await (const message of messages) await applier.add(read(stream, message));
          throw new Error(`the consumer of ${stream} ended`);
        };
        takeAll().catch(failed.reject);
      }
      const stopped = new Promise<void>((resolve) => {
        stopping.signal.addEventListener('abort', () => resolve(), { once: true });
        if (stopping.signal.aborted) resolve();
      });
      await Promise.race([failed.promise, stopped]);
    } finally {
      applier.stop();
      for (const messages of consumers) await messages.close();
    }
  };

  const followForEver = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        if (stopping.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ error }, 'following the streams failed; trying again');
        if (isCorruption(error)) {
          projection.rebuild(reason);
          hasCaughtUp = false;
        }
        if (!hasCaughtUp) readiness.lack('projection', reason);
        await delay(retryMs, stopping.signal);
      }
    }
  };

  const ended = followForEver();
  return {
    restart: (reason) => interrupt?.(new Error(reason)),
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
