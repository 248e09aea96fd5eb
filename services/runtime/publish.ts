import { JetStreamApiError, type JetStreamClient, type PubAck } from '@nats-io/jetstream';
import { errors, type MsgHdrs } from '@nats-io/nats-core';
import { RemoteError } from './errors.ts';
import { backoffMs, delay } from './retry.ts';

/** The codes of the errors that a publish can end with. */
export const publishFailures = ['no-responders', 'refused-by-stream', 'ack-timeout', 'connection'] as const;
type PublishFailure = (typeof publishFailures)[number];

export type PublishOptions = {
  /** Tells JetStream that a repeat is one: the same for every try. */
  readonly messageId: string;
  /** Stored with the message. */
  readonly headers?: MsgHdrs;
  /** Tries in all; default 3. */
  readonly attempts?: number;
  /** How long one try waits for its PubAck, milliseconds; default 2,000. */
  readonly ackTimeoutMs?: number;
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
  /** Told of each failed try. */
  readonly onRetry?: (error: RemoteError, attempt: number) => void;
};

/**
 * Publishes a message until a PubAck says that it is stored, which a repeat under the same message id makes safe: the
 * stream keeps the first copy and acknowledges the repeat as a duplicate.
 *
 * @throws RemoteError when all tries failed; `isDefinite` only when every one of them was definitely not stored
 */
export async function publishOnce(
  client: JetStreamClient,
  subject: string,
  payload: Uint8Array,
  options: PublishOptions,
): Promise<PubAck> {
  const attempts = options.attempts ?? 3;
  let allDefinite = true;
  for (let attempt = 0; ; attempt++) {
    try {
      return await client.publish(subject, payload, {
        msgID: options.messageId,
        ...(options.headers === undefined ? {} : { headers: options.headers }),
        timeout: options.ackTimeoutMs ?? 2_000,
      });
    } catch (cause) {
      const error = fromPublishError(cause);
      allDefinite &&= error.isDefinite;
      options.onRetry?.(error, attempt);
      if (attempt + 1 >= attempts) {
        throw new RemoteError(error.code, error.message, { isDefinite: allDefinite, cause });
      }
    }
    await delay(backoffMs(attempt, options.backoff ?? { baseMs: 250, capMs: 2_000 }));
  }
}

/**
 * What a failed publish means. No responders (no leader, or no stream) and an error in place of a PubAck come from a
 * broker that did not store the message, with two exceptions ({@link mayBeStored}). A timeout, or a connection that
 * closed meanwhile, says nothing.
 */
function fromPublishError(cause: unknown): RemoteError {
  const make = (code: PublishFailure, isDefinite: boolean) =>
    new RemoteError(code, cause instanceof Error ? cause.message : String(cause), { isDefinite, cause });
  if (isNoResponders(cause)) return make('no-responders', true);
  if (cause instanceof JetStreamApiError) return make('refused-by-stream', !mayBeStored(cause));
  if (cause instanceof errors.TimeoutError) return make('ack-timeout', false);
  return make('connection', false);
}

const storeFailed = 10_077;
const duplicateInProcess = 10_158;

/**
 * Refusals that leave the fate of the message open: its first copy is still on its way to the replicas, or the leader's
 * own store was closed when the message came back from them agreed on. Of the reasons why storing can fail, only limits
 * (`maximum ...`, `message too large`) are the same for every replica (nats-server 2.14, `processJetStreamMsg`).
 */
function mayBeStored({ code, message }: JetStreamApiError): boolean {
  return code === duplicateInProcess || (code === storeFailed && !/^(maximum|message too)/.test(message));
}

/** The JetStream client wraps this answer once more ("jetstream is not enabled") and keeps it as the cause. */
function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  if (error instanceof errors.RequestError) return error.isNoResponders();
  return error instanceof Error && error.cause !== undefined && isNoResponders(error.cause);
}
