import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import {
  type DeadLetterAction,
  DeadLetterActionSchema,
  type OrderCreated,
} from '../../proto/gen/orders/v1/orders_pb.js';
import { names } from '../../topology/platform.ts';
import { publishOnce, RemoteError } from '../runtime/index.ts';

/** What an operator did about one letter, and why. */
export type Action = {
  readonly deadLetterSequence: number;
  readonly action: ActionName;
  /** Who did it. */
  readonly by: string;
  /** Why, in that person's words; may be empty. */
  readonly note: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Where the copy of a redriven order is stored; 0 of a discarded one. */
  readonly copySequence: number;
};

/** What an action says of the letter that it is about. */
type Subject = {
  readonly sequence: number;
  readonly cause: string;
  /** Where the order is stored. */
  readonly stream: string;
  readonly streamSequence: number;
  readonly order: OrderCreated | undefined;
};

/** - `redriven`: put back into the stream of orders. - `discarded`: nothing more is to come of it. */
export type ActionName = 'redriven' | 'discarded';

/** Who acts, and why. */
export type Actor = { readonly by: string; readonly note: string };

/** Something about dead letters could not be done. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  /**
   * - `unreadable`: the stream does not give its messages.
   * - `not-redrivable`: there is nothing to put back.
   * - `not-stored`: the brokers did not say that they have stored something; the letter is open still.
   */
  readonly code: 'unreadable' | 'not-redrivable' | 'not-stored';

  constructor(code: ActionError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Stores what was done about a letter; resolves when the brokers have it. The same action on the same letter within the
 * stream's duplicate window is stored once.
 *
 * @throws ActionError `not-stored` when it may not be stored
 */
export async function storeAction(
  client: JetStreamClient,
  letter: Subject,
  action: Omit<Action, 'deadLetterSequence'>,
): Promise<void> {
  const message = create(DeadLetterActionSchema, {
    deadLetterSequence: BigInt(letter.sequence),
    action: action.action,
    orderId: letter.order?.orderId ?? '',
    runId: letter.order?.runId ?? '',
    cause: letter.cause,
    stream: letter.stream,
    streamSequence: BigInt(letter.streamSequence),
    copySequence: BigInt(action.copySequence),
    by: action.by,
    note: action.note,
    atMs: BigInt(action.atMs),
  });
  const messageId = `${action.action}:${letter.sequence}`;
  const bytes = toBinary(DeadLetterActionSchema, message);
  await storeAbout(letter, () => publishOnce(client, names.deadLetterActionsSubject, bytes, { messageId }));
}

/** @throws ActionError `not-stored` in place of a RemoteError */
export async function storeAbout(
  letter: Pick<Subject, 'sequence'>,
  store: () => Promise<PubAck>,
): Promise<PubAck> {
  try {
    return await store();
  } catch (cause) {
    if (!(cause instanceof RemoteError)) throw cause;
    const message = `letter ${letter.sequence}: the brokers did not store what was sent (${cause.message}); it is open still`;
    throw new ActionError('not-stored', message, { cause });
  }
}

/** @returns undefined when the bytes are no action: then nothing was done */
export function decodeAction(bytes: Uint8Array): Action | undefined {
  let message: DeadLetterAction;
  try {
    message = fromBinary(DeadLetterActionSchema, bytes);
  } catch {
    return undefined;
  }
  if (message.action !== 'redriven' && message.action !== 'discarded') return undefined;
  return {
    deadLetterSequence: Number(message.deadLetterSequence),
    action: message.action,
    by: message.by,
    note: message.note,
    atMs: Number(message.atMs),
    copySequence: Number(message.copySequence),
  };
}
