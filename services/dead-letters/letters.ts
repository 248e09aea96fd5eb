import { fromBinary } from '@bufbuild/protobuf';
import { DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
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
 * @throws ActionError `unreadable` when the stream stops giving messages before its end
 */
export async function readLetters(
  manager: JetStreamManager,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<readonly Letter[]> {
  const { state } = await manager.streams.info(names.deadLettersStream);
  const letters = new Map<number, Letter & { readonly actions: Action[] }>();
  if (state.messages === 0) return [];
  const consumer = await manager.jetstream().consumers.get(names.deadLettersStream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, state.first_seq),
  });
  // Messages of up to a mebibyte each.
  const messages = await consumer.consume({ max_messages: 50, expires: 2_000, idle_heartbeat: 500 });
  const watchdog = setTimeout(() => messages.stop(), stallMs);
  let last = 0;
  try {
    for await (const message of messages) {
      watchdog.refresh();
      last = message.seq;
      if (message.subject === names.deadLetterActionsSubject) {
        const action = decodeAction(message.data);
        if (action !== undefined) letters.get(action.deadLetterSequence)?.actions.push(action);
      } else {
        const letter = parseLetter(message.data);
        letters.set(message.seq, { ...told(letter, message.seq, message.timestampNanos), actions: [] });
      }
      onProgress(last - state.first_seq + 1, state.last_seq - state.first_seq + 1);
      if (last >= state.last_seq) break;
    }
  } finally {
    clearTimeout(watchdog);
    await messages.close();
    await consumer.delete().catch(() => {
      // It goes away by itself when nobody pulls.
    });
  }
  if (last < state.last_seq) {
    const where = `${last} of ${state.last_seq}`;
    throw new ActionError(
      'unreadable',
      `stream ${names.deadLettersStream} gave nothing for ${stallMs} ms after ${where}`,
    );
  }
  return [...letters.values()];
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
