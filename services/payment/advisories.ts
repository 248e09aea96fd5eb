import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { names } from '../../topology/platform.ts';
import { backoffMs, delay, type Log } from '../runtime/index.ts';
import { AbandonedError } from './abandoned.ts';
import type { Charger } from './charging.ts';
import { type Cause, type Decision, deadLetter } from './decision.ts';
import { checkOrder, decodeGroup } from './decode.ts';
import type { OutcomePublisher } from './outcomes.ts';

/** JetStream's word that it will not deliver a message again. */
export type Advisory = {
  readonly sequence: number;
  readonly cause: Extract<Cause, 'max_deliveries' | 'terminated'>;
};

/** @returns undefined when the text is no advisory about a message of the payment consumer */
export function parseAdvisory(text: string): Advisory | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, stream, consumer, stream_seq: sequence } = value as Readonly<Record<string, unknown>>;
  if (stream !== names.ordersStream || consumer !== names.paymentConsumer) return undefined;
  if (typeof sequence !== 'number' || typeof type !== 'string') return undefined;
  if (type.endsWith('.max_deliver')) return { sequence, cause: 'max_deliveries' };
  if (type.endsWith('.terminated')) return { sequence, cause: 'terminated' };
  return undefined;
}

/** Follows the advisories until it is stopped. */
export type AdvisoryFollower = { stop(): Promise<void> };

/**
 * Settles the orders that JetStream gave up on: whoever worked on them crashed every time, so nobody knows how far
 * they came. The provider does: what it has charged is settled as charged, the rest is dead-lettered.
 *
 * Advisories are rare, so they are handled one at a time; each is acknowledged when its orders are settled.
 */
export async function followAdvisories(parts: {
  readonly connection: NatsConnection;
  readonly consumer: Consumer;
  readonly charger: Charger;
  readonly publisher: OutcomePublisher;
  readonly retry: { readonly baseMs: number; readonly capMs: number };
  /** How long the consumer waits for an acknowledgement, milliseconds. */
  readonly ackWaitMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<AdvisoryFollower> {
  const { log, signal } = parts;
  const manager = await jetstreamManager(parts.connection, { checkAPI: false });

  const read = async (sequence: number): Promise<Uint8Array | undefined> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return (await manager.streams.getMessage(names.ordersStream, { seq: sequence }))?.data;
      } catch (error) {
        log.debug({ error, sequence }, 'a stored message could not be read');
      }
      if (signal.aborted) throw new AbandonedError();
      await delay(backoffMs(attempt, parts.retry), signal);
    }
  };

  const settle = async ({ sequence, cause }: Advisory): Promise<void> => {
    log.error({ sequence, cause }, 'JetStream gave up on a group of orders');
    const detail =
      cause === 'terminated' ? 'its delivery was terminated' : 'every delivery of it ended without an answer';
    const data = await read(sequence);
    const group = data === undefined ? undefined : decodeGroup(data);
    if (group === undefined) {
      const state = data === undefined ? 'the stored message is gone' : 'the message is no group of orders';
      const letter = deadLetter(data === undefined ? cause : 'undecodable', `${detail}; ${state}`);
      await parts.publisher.publishRaw(sequence, data ?? new Uint8Array(), letter);
      return;
    }
    const decisions: Decision[] = [];
    for (const order of group.orders) {
      decisions.push(checkOrder(order) ?? (await parts.charger.recall(order)) ?? deadLetter(cause, detail));
    }
    await parts.publisher.publishGroup(
      sequence,
      group,
      decisions,
      (index) => group.orders[index]?.traceparent ?? '',
    );
  };

  const handle = async (message: JsMsg): Promise<void> => {
    const lease = setInterval(() => message.working(), parts.ackWaitMs / 3);
    try {
      const advisory = parseAdvisory(message.string());
      if (advisory === undefined) log.warn('an advisory that is none was passed over');
      else await settle(advisory);
      await message.ackAck();
    } catch (error) {
      // Unacknowledged: it is delivered again.
      if (!(error instanceof AbandonedError)) log.error({ error }, 'an advisory could not be handled');
    } finally {
      clearInterval(lease);
    }
  };

  const messages: ConsumerMessages = await parts.consumer.consume({ max_messages: 1 });
  const following = (async () => {
    for await (const message of messages) await handle(message);
  })();
  return {
    async stop() {
      messages.stop();
      await following;
    },
  };
}
