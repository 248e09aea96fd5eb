import { fromBinary } from '@bufbuild/protobuf';
import { type Consumer, DeliverPolicy, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { type DeadLetter, DeadLetterSchema, type OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { names } from '../../topology/platform.ts';
import { type Action, ActionError, decodeAction } from './actions.ts';

/** One dead letter, and what was done about it. */
export type Letter = {
  /** Its sequence in the stream of dead letters: its name for operators. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch. */
  readonly storedAtMs: number;
  readonly cause: string;
  readonly detail: string;
  /** Where the order is stored, and which of its group it is. */
  readonly stream: string;
  readonly streamSequence: number;
  readonly indexInGroup: number;
  /** Undefined when the letter names none: its message could not be read, or was too large. */
  readonly order: OrderCreated | undefined;
  /** How many bytes the letter keeps in place of an order. */
  readonly rawBytes: number;
  /** What operators did about it, oldest first. Without any the letter is open. */
  readonly actions: readonly Action[];
};

/** How long the stream may give nothing before reading it is given up. */
const stallMs = 15_000;

/**
 * Reads every letter that is stored now, oldest first.
 *
 * A broker that is cut off from the others remembers what the stream held, and may call itself its leader still. So even of
 * an empty stream a consumer is made, which takes a majority of the brokers.
 *
 * @throws ActionError `unreadable` when nobody leads the stream, or it stops giving messages before its end; the client's
 *   timeout while no majority answers
 */
export async function readLetters(
  manager: JetStreamManager,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<readonly Letter[]> {
  const { state, cluster } = await manager.streams.info(names.deadLettersStream);
  if (cluster !== undefined && !cluster.leader) {
    throw new ActionError('unreadable', `stream ${names.deadLettersStream} has no leader`);
  }
  const consumer = await manager.jetstream().consumers.get(names.deadLettersStream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, state.first_seq),
  });
  const letters = new Map<number, Letter & { readonly actions: Action[] }>();
  const take = (message: JsMsg) => {
    if (message.subject === names.deadLetterActionsSubject) {
      const action = decodeAction(message.data);
      if (action !== undefined) letters.get(action.deadLetterSequence)?.actions.push(action);
    } else {
      const letter = parseLetter(message.data);
      letters.set(message.seq, { ...told(letter, message.seq, message.timestampNanos), actions: [] });
    }
    onProgress(message.seq - state.first_seq + 1, state.last_seq - state.first_seq + 1);
  };
  try {
    if (state.messages > 0) await takeUntil(consumer, state.last_seq, take);
  } finally {
    await consumer.delete().catch(() => {
      // It goes away by itself when nobody pulls.
    });
  }
  return [...letters.values()];
}

/**
 * @param last the sequence of the last message to take
 * @throws ActionError `unreadable` when messages stop coming before that
 */
async function takeUntil(consumer: Consumer, last: number, take: (message: JsMsg) => void): Promise<void> {
  // Messages of up to a mebibyte each.
  const messages = await consumer.consume({ max_messages: 50, expires: 2_000, idle_heartbeat: 500 });
  const watchdog = setTimeout(() => messages.stop(), stallMs);
  let taken = 0;
  try {
    for await (const message of messages) {
      watchdog.refresh();
      take(message);
      taken = message.seq;
      if (taken >= last) return;
    }
  } finally {
    clearTimeout(watchdog);
    await messages.close();
  }
  throw new ActionError(
    'unreadable',
    `stream ${names.deadLettersStream} gave nothing for ${stallMs} ms after ${taken} of ${last}`,
  );
}

/**
 * One stored letter with the bytes it keeps.
 *
 * @returns undefined when there is no letter of this sequence (any more)
 */
export async function readLetter(
  manager: JetStreamManager,
  sequence: number,
): Promise<DeadLetter | undefined> {
  const stored = await manager.streams.getMessage(names.deadLettersStream, { seq: sequence });
  return stored === null || stored.subject !== names.deadLettersSubject
    ? undefined
    : parseLetter(stored.data);
}

/** What is no dead letter is shown as one all the same: hiding it would help nobody. */
function parseLetter(bytes: Uint8Array): DeadLetter {
  try {
    return fromBinary(DeadLetterSchema, bytes);
  } catch {
    return {
      $typeName: 'orders.v1.DeadLetter',
      raw: bytes,
      cause: 'unknown',
      detail: 'the message is no dead letter',
      stream: '',
      streamSequence: 0n,
      indexInGroup: 0,
    };
  }
}

function told(letter: DeadLetter, sequence: number, timestampNanos: bigint): Omit<Letter, 'actions'> {
  return {
    sequence,
    storedAtMs: Number(timestampNanos / 1_000_000n),
    cause: letter.cause,
    detail: letter.detail,
    stream: letter.stream,
    streamSequence: Number(letter.streamSequence),
    indexInGroup: letter.indexInGroup,
    order: letter.order,
    rawBytes: letter.raw.length,
  };
}
