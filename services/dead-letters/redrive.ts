import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { decodeOrders } from '../../proto/codec.ts';
import { type OrderCreated, OrderGroupSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import { names } from '../../topology/platform.ts';
import { publishOnce } from '../runtime/index.ts';
import { ActionError, type Actor, storeAbout, storeAction } from './actions.ts';
import type { Letter } from './letters.ts';

/** What is done about one letter, each step once. */
export type RedriveSteps = {
  /** Puts the order back; resolves to where its copy is stored. */
  store(): Promise<number>;
  /** Says that the letter is redriven; resolves when that is stored. */
  close(copySequence: number): Promise<void>;
};

/**
 * The order of the two steps that "none lost" rests on: whoever is killed between them leaves a letter that is open still, and
 * another copy of the order by the next redrive. A copy costs nothing: payment asks the provider for its record of a
 * redriven order before it charges it.
 */
export async function storedFirst(steps: RedriveSteps): Promise<void> {
  await steps.close(await steps.store());
}

export type RedriveResult = {
  readonly redriven: readonly Letter[];
  /** With the reason why. */
  readonly refused: readonly { readonly letter: Letter; readonly why: string }[];
};

/** Letters that are under way at once: each waits for two PubAcks. */
const atOnce = 16;

/**
 * Puts letters back into the stream of orders, each as a group of its own that says which letter it brings back and who
 * asked for it. May be repeated and killed at any moment: no order is lost, and none is charged twice.
 *
 * @param parts.steps the order of the steps; default {@link storedFirst}
 * @throws ActionError `not-stored` when a copy or an action may not be stored: that letter is open still
 */
export async function redriveLetters(parts: {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly letters: readonly Letter[];
  readonly actor: Actor;
  readonly steps?: (steps: RedriveSteps) => Promise<void>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onDone: (letter: Letter) => void;
}): Promise<RedriveResult> {
  const { client, manager, actor, steps = storedFirst } = parts;
  const redriven: Letter[] = [];
  const refused: RedriveResult['refused'][number][] = [];

  const redrive = async (letter: Letter) => {
    const copy = await copyOf(manager, letter);
    await steps({
      store: async () => (await storeCopy(client, letter, copy, actor)).seq,
      close: (copySequence) =>
        storeAction(client, letter, { action: 'redriven', ...actor, atMs: parts.now(), copySequence }),
    });
    redriven.push(letter);
    parts.onDone(letter);
  };

  const queue = parts.letters.values();
  let isFailed = false;
  const worker = async () => {
    for (const letter of queue) {
      parts.signal.throwIfAborted();
      if (isFailed) return;
      try {
        await redrive(letter);
      } catch (error) {
        if (error instanceof ActionError && error.code === 'not-redrivable') {
          refused.push({ letter, why: error.message });
          continue;
        }
        isFailed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  // What others had begun has ended, too, before the caller is told.
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return { redriven, refused };
}

/** @returns undefined when the letter can be put back, as far as the letter itself says */
function whyNotRedrivable(letter: Letter): string | undefined {
  if (letter.order !== undefined || letter.stream === names.ordersStream) return undefined;
  return 'the letter keeps no order, and does not say where one is stored';
}

/** The message that puts an order back: what the letter keeps, or the stored message that it is about. */
async function copyOf(manager: JetStreamManager, letter: Letter): Promise<Uint8Array> {
  if (letter.order !== undefined) return groupOf(letter.order);
  const why = whyNotRedrivable(letter);
  if (why !== undefined) throw new ActionError('not-redrivable', why);
  const { stream, streamSequence, indexInGroup } = letter;
  const stored = await manager.streams.getMessage(stream, { seq: streamSequence });
  const where = `message ${streamSequence} of stream ${stream}`;
  if (stored === null) {
    throw new ActionError('not-redrivable', `the letter keeps no order, and ${where} is there no more`);
  }
  const elements = readGroup(stored.data);
  // The letter is about the message as a whole.
  if (elements === undefined) return stored.data;
  const order = elements[indexInGroup];
  if (order === undefined) {
    const what = `the letter keeps no order, and ${where} has none at ${indexInGroup}`;
    throw new ActionError('not-redrivable', what);
  }
  return order instanceof Uint8Array ? groupOfBytes(order) : groupOf(order);
}

/** Fields of a later schema are kept: the library writes what it did not know when it read. */
function groupOf(order: OrderCreated): Uint8Array {
  return toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [order] }));
}

/** An order that cannot be read, byte by byte as it stood in its group. */
function groupOfBytes(order: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(order).finish();
}

function readGroup(bytes: Uint8Array): readonly (OrderCreated | Uint8Array)[] | undefined {
  try {
    const elements = decodeOrders(bytes);
    return elements.length === 0 ? undefined : elements;
  } catch {
    return undefined;
  }
}

function storeCopy(client: JetStreamClient, letter: Letter, bytes: Uint8Array, actor: Actor) {
  const about = headers();
  about.set(names.redriveHeader, String(letter.sequence));
  about.set('Stormproof-Redriven-By', encodeURIComponent(actor.by));
  const messageId = `redrive:${letter.sequence}`;
  return storeAbout(letter, () =>
    publishOnce(client, names.ordersSubject, bytes, { messageId, headers: about }),
  );
}
