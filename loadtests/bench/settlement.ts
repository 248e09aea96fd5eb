import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { build } from 'hdr-histogram-js';
import { decodePaymentGroup } from '../../proto/codec.ts';
import { connectToBrokers } from '../../targets/brokers.ts';
import type { Target } from '../../targets/target.ts';
import { names } from '../../topology/index.ts';
import { withBrokers } from './brokers.ts';

/** Outcomes of a run, seen as they came. */
export type SettlementWatch = {
  /**
   * Waits until as many have come as there are.
   *
   * @returns the p99 of the time from an order's arrival at order (its HTTP handler) to the delivery of its outcome, milliseconds
   * @throws Error when they do not come
   */
  finish(settled: number, signal: AbortSignal): Promise<number>;
  /** Ends it; may be called twice. */
  close(): Promise<void>;
};

const messagesAhead = 500;
const lastMs = 10_000;

/**
 * Watches outcomes come, as a consumer of them would. The stream's own times would say less than that: they are of the
 * moment in which the leader proposes a message, before a majority has it on disk, and no consumer gets it sooner than that.
 * To be closed by the caller.
 */
export async function watchSettlement(target: Target, runId: string): Promise<SettlementWatch> {
  const delaysMs = build({ numberOfSignificantValueDigits: 3, bitBucketSize: 32 });
  const connection = await connectToBrokers(target);
  const consumer = await jetstream(connection).consumers.get(names.outcomesStream, {
    deliver_policy: DeliverPolicy.New,
  });
  const messages = await consumer.consume({
    max_messages: messagesAhead,
    callback: (message) => {
      const nowMs = Date.now();
      for (const payment of decodePaymentGroup(message.data)) {
        if (payment.runId === runId) delaysMs.recordValue(Math.max(1, nowMs - Number(payment.receivedAtMs)));
      }
    },
  });
  return {
    async finish(settled, signal) {
      const deadline = performance.now() + lastMs;
      while (delaysMs.totalCount < settled) {
        signal.throwIfAborted();
        if (performance.now() >= deadline) {
          throw new Error(`${delaysMs.totalCount} of ${settled} outcomes were seen as they came`);
        }
        await sleep(50);
      }
      return settled === 0 ? 0 : delaysMs.getValueAtPercentile(99);
    },
    async close() {
      await messages.close();
      await connection.close();
    },
  };
}

/** How the orders of a run were settled. */
export type Settlement = {
  readonly settled: number;
  /** Of these, outcomes that were stored within the window. */
  readonly within: number;
};

/**
 * Counts the outcomes of a run. To be called when the platform has come to rest.
 *
 * @param window milliseconds since the Unix epoch, by the times of the stream; `startedAtMs` is when the run began
 */
export async function countSettled(
  target: Target,
  runId: string,
  window: { readonly startedAtMs: number; readonly fromMs: number; readonly toMs: number },
  signal: AbortSignal,
): Promise<Settlement> {
  let settled = 0;
  let within = 0;
  await withBrokers(target, async (_connection, manager) => {
    const { state } = await manager.streams.info(names.outcomesStream);
    if (state.messages === 0 || Date.parse(state.last_ts) < window.startedAtMs) return;
    const consumer = await manager.jetstream().consumers.get(names.outcomesStream, {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(window.startedAtMs).toISOString(),
    });
    const messages = await consumer.consume({ max_messages: messagesAhead });
    const stop = () => messages.stop();
    signal.addEventListener('abort', stop, { once: true });
    for await (const message of messages) {
      const storedAtMs = Number(message.timestampNanos / 1_000_000n);
      const isWithin = storedAtMs >= window.fromMs && storedAtMs < window.toMs;
      for (const payment of decodePaymentGroup(message.data)) {
        if (payment.runId !== runId) continue;
        settled += 1;
        if (isWithin) within += 1;
      }
      if (message.seq >= state.last_seq) break;
    }
    signal.removeEventListener('abort', stop);
    await messages.close();
  });
  signal.throwIfAborted();
  return { settled, within };
}
