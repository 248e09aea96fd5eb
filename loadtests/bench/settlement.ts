import { fromBinary } from '@bufbuild/protobuf';
import { DeliverPolicy } from '@nats-io/jetstream';
import { build } from 'hdr-histogram-js';
import { PaymentGroupSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import type { Target } from '../../targets/target.ts';
import { names } from '../../topology/index.ts';
import { withBrokers } from './brokers.ts';

/** How the orders of a run were settled. */
export type Settlement = {
  readonly settled: number;
  /** From the order's arrival at order to its outcome in the stream, milliseconds; 0 without any. */
  readonly p99Ms: number;
  /** When the last outcome was stored, milliseconds since the Unix epoch; 0 without any. */
  readonly lastAtMs: number;
};

const messagesAhead = 500;

/**
 * Reads the outcomes of a run once more, for their times: the stream has when each was stored, the outcome when its order
 * came. Both clocks are this machine's. To be called when the platform has come to rest.
 *
 * @param fromMs outcomes stored before it are not looked at, milliseconds since the Unix epoch
 */
export async function readSettlement(
  target: Target,
  runId: string,
  fromMs: number,
  signal: AbortSignal,
): Promise<Settlement> {
  const delaysMs = build({ numberOfSignificantValueDigits: 3, bitBucketSize: 32 });
  let lastAtMs = 0;
  await withBrokers(target, async (_connection, manager) => {
    const { state } = await manager.streams.info(names.outcomesStream);
    if (state.messages === 0 || Date.parse(state.last_ts) < fromMs) return;
    const consumer = await manager.jetstream().consumers.get(names.outcomesStream, {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(fromMs).toISOString(),
    });
    const messages = await consumer.consume({ max_messages: messagesAhead });
    const stop = () => messages.stop();
    signal.addEventListener('abort', stop, { once: true });
    for await (const message of messages) {
      const storedAtMs = Number(message.timestampNanos / 1_000_000n);
      for (const payment of fromBinary(PaymentGroupSchema, message.data).payments) {
        if (payment.runId !== runId) continue;
        delaysMs.recordValue(Math.max(1, storedAtMs - Number(payment.receivedAtMs)));
        lastAtMs = Math.max(lastAtMs, storedAtMs);
      }
      if (message.seq >= state.last_seq) break;
    }
    signal.removeEventListener('abort', stop);
    await messages.close();
  });
  signal.throwIfAborted();
  const settled = delaysMs.totalCount;
  return { settled, p99Ms: settled === 0 ? 0 : delaysMs.getValueAtPercentile(99), lastAtMs };
}
