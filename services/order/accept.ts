import { ProblemError, RemoteError } from '../runtime/index.ts';
import type { QueueRefusal } from './group-commit.ts';
import type { Order } from './order.ts';

/** Where an order is stored. */
export type Stored = { readonly orderId: string; readonly position: number };

export type Acceptance = Stored & {
  /** True when the key was known: this is the first answer again. */
  readonly isReplay: boolean;
};

export type Acceptor = {
  /**
   * Stores an order, or gives the answer that its key got before.
   *
   * @throws ProblemError (rejects) 422 when the key is known with another body; 503 when this try certainly did not
   * store the order; 504 when that is unknown
   */
  accept(order: Order): Promise<Acceptance>;
  /** Whether an order under that key would get the answer of an earlier one, whatever else is refused now. */
  isKnown(chargeKey: string): boolean;
  /** Says up to which position of the orders stream {@link AcceptorParts.find} knows every order. */
  projected(position: number): void;
  /** Forgets the keys of stored orders: the projection has forgotten them too, and begins anew. */
  forgetStored(): void;
  /** Keys held in memory. */
  size(): number;
};

export type AcceptorParts = {
  /** The first order stored under a charge key, as far as this replica knows. */
  readonly find: (chargeKey: string) => Stored | undefined;
  /** Why no new order may be taken now; undefined: it may. */
  readonly refusal: () => ProblemError | undefined;
  /** When an order that could not be stored may be sent again. */
  readonly retryAfterSeconds: () => number;
  /** @returns the position; rejects with a RemoteError */
  readonly commit: (order: Order) => Promise<number>;
};

type Held = { readonly orderId: string; readonly position: Promise<number> };

/**
 * The rules by which an order is accepted.
 *
 * A key of a client is known from the moment its first order is taken here: in memory until the projection has that
 * order, in the projection for as long as that remembers keys. Within one replica there is no gap between the two.
 * Two races remain, and both end in one order and one charge:
 * - The same order reaches another replica before that one's projection has it, or is sent again after a 504. It is
 *   stored twice, with the same id and the same charge key: the projection keeps the first, the provider charges once.
 * - Another body reaches another replica under the same key. It is another order with the same charge key; the
 *   provider refuses the second charge and that order settles as `conflict`.
 */
export function createAcceptor(parts: AcceptorParts): Acceptor {
  /** By charge key: orders in flight, and those stored that the projection does not have yet. */
  const held = new Map<string, Held>();
  /**
   * The stored ones of `held`, by the message that they are stored in, in the order of the PubAcks. One long array of all keys would
   * be an old object to the garbage collector, which takes what an old object refers to for old as well, long after it has gone.
   */
  const awaitingProjection: { readonly position: number; readonly chargeKeys: string[] }[] = [];
  let projectedTo = 0;

  const awaitProjection = (chargeKey: string, position: number): void => {
    const last = awaitingProjection.at(-1);
    if (last?.position === position) last.chargeKeys.push(chargeKey);
    else awaitingProjection.push({ position, chargeKeys: [chargeKey] });
  };

  const forgetUpTo = (position: number): void => {
    let messages = 0;
    for (const { position: at, chargeKeys } of awaitingProjection) {
      if (at > position) break;
      for (const chargeKey of chargeKeys) held.delete(chargeKey);
      messages += 1;
    }
    awaitingProjection.splice(0, messages);
  };

  const answerAgain = async ({ orderId, position }: Held): Promise<Acceptance> => {
    try {
      return { orderId, position: await position, isReplay: true };
    } catch (error) {
      throw toProblem(error, parts.retryAfterSeconds);
    }
  };

  return {
    async accept(order) {
      const { chargeKey, orderId } = order;
      const first = held.get(chargeKey);
      if (first !== undefined) {
        if (first.orderId !== orderId) throw keyReused();
        return answerAgain(first);
      }
      const known = parts.find(chargeKey);
      if (known !== undefined) {
        if (known.orderId !== orderId) throw keyReused();
        return { orderId, position: known.position, isReplay: true };
      }
      const refusal = parts.refusal();
      if (refusal !== undefined) throw refusal;

      const position = parts.commit(order);
      held.set(chargeKey, { orderId, position });
      // One wait for both: what is noted of an order costs no promise of its own.
      try {
        const at = await position;
        // The follower can be told of the group before its publisher is.
        if (at <= projectedTo) held.delete(chargeKey);
        else awaitProjection(chargeKey, at);
        return { orderId, position: at, isReplay: false };
      } catch (error) {
        held.delete(chargeKey);
        throw toProblem(error, parts.retryAfterSeconds);
      }
    },
    isKnown: (chargeKey) => held.has(chargeKey) || parts.find(chargeKey) !== undefined,
    projected(position) {
      projectedTo = position;
      forgetUpTo(position);
    },
    forgetStored() {
      forgetUpTo(Number.POSITIVE_INFINITY);
      projectedTo = 0;
    },
    size: () => held.size,
  };
}

function keyReused(): ProblemError {
  return new ProblemError(422, 'idempotency-key-reused', 'this Idempotency-Key is known with another body');
}

/** What the queue says of an order that it had no room or no time for; the brokers never heard of it. */
const overloads: readonly string[] = ['queue-full', 'queue-timeout'] satisfies QueueRefusal[];

/** The code and the words for an order that too many others kept from being stored; an earlier try may have stored it. */
export const tooManyWaiting = {
  code: 'too-many-waiting',
  detail: 'too many orders wait; this try did not store the order',
} as const;

function toProblem(error: unknown, later: () => number): unknown {
  if (!(error instanceof RemoteError)) return error;
  const options = { retryAfterSeconds: later() };
  if (!error.isDefinite) {
    return new ProblemError(
      504,
      'unknown-outcome',
      'whether the order is stored is not known; send it again with the same Idempotency-Key',
      options,
    );
  }
  return overloads.includes(error.code)
    ? new ProblemError(503, tooManyWaiting.code, tooManyWaiting.detail, options)
    : new ProblemError(
        503,
        'not-stored',
        `this try did not store the order: ${error.code}; send it again`,
        options,
      );
}
