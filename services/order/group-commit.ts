import { RemoteError } from '../runtime/index.ts';
import { OverloadWatch } from './overload-watch.ts';

export type GroupLimits = {
  /** Orders in one group. */
  readonly ordersMax: number;
  /** Bytes of one group. */
  readonly bytesMax: number;
  /** Groups published and not acknowledged. */
  readonly inFlightMax: number;
  /**
   * A group that is not full leaves no sooner than this after the one before it, milliseconds. Each group costs every
   * broker several fsyncs, however few orders share it; a lone order finds nothing before it and does not wait.
   */
  readonly spacingMs: number;
  /** Orders that wait, in flight included: beyond it new ones are refused. */
  readonly queuedOrdersMax: number;
  /**
   * How long more than a group's worth of orders may wait for their turn, milliseconds. A burst is gone by then. What still
   * stands there comes faster than it is stored, and makes every order wait without one more being stored: no more than three
   * groups' worth is queued, in flight included, until hardly anybody had to be refused for a second (overload-watch.ts; the idea of
   * CoDel, RFC 8289, with refusals in place of drops).
   */
  readonly standingMsMax: number;
  /** How long a group may wait for its turn, milliseconds. */
  readonly waitMsMax: number;
};

/** How many groups' worth of orders is queued while a queue stands: two are stored while the next gathers. */
const groupsWhileStanding = 3;

/** Orders that are stored together or not at all. */
export type Group<T> = {
  readonly items: T[];
  bytes: number;
  /** When its first order came, milliseconds. */
  readonly openedAtMs: number;
  /** Resolves to the stream position of the group. */
  readonly committed: PromiseWithResolvers<number>;
};

/**
 * Which order goes into which group, and which group leaves when. Only decisions: it publishes nothing and knows no
 * clock.
 */
export class Gathering<T> {
  readonly #limits: GroupLimits;
  /** Oldest first; only the last one still takes orders. None is empty. */
  readonly #waiting: Group<T>[] = [];
  #inFlight = 0;
  /** When the last group left, milliseconds. */
  #lastLeftAtMs = Number.NEGATIVE_INFINITY;
  /** Orders in `#waiting`. */
  #waitingOrders = 0;
  #inFlightOrders = 0;
  /** Since when whoever came has found a group's worth of orders waiting, milliseconds. */
  #highSinceMs: number | undefined;
  readonly #overload = new OverloadWatch();

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  get queuedOrders(): number {
    return this.#waitingOrders + this.#inFlightOrders;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight === 0;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether an order that comes now finds no room. To be asked when one comes: that is noted. */
  isFull(nowMs: number): boolean {
    const { ordersMax, queuedOrdersMax, standingMsMax } = this.#limits;
    if (this.queuedOrders >= queuedOrdersMax) return true;
    if (this.#waitingOrders < ordersMax) this.#highSinceMs = undefined;
    else this.#highSinceMs ??= nowMs;
    if (!this.#overload.goesOn(nowMs)) {
      if (this.#highSinceMs === undefined || nowMs - this.#highSinceMs <= standingMsMax) return false;
      this.#overload.begin(nowMs);
    }
    const isRefused = this.queuedOrders >= groupsWhileStanding * ordersMax;
    this.#overload.count(isRefused);
    return isRefused;
  }

  /** @returns the group it was put in, undefined when the queue is full */
  add(item: T, bytes: number, nowMs: number): Group<T> | undefined {
    const { ordersMax, bytesMax } = this.#limits;
    if (this.isFull(nowMs)) return undefined;
    this.#waitingOrders += 1;
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.items.length < ordersMax && last.bytes + bytes <= bytesMax) {
      last.items.push(item);
      last.bytes += bytes;
      return last;
    }
    const group: Group<T> = {
      items: [item],
      bytes,
      openedAtMs: nowMs,
      committed: Promise.withResolvers<number>(),
    };
    this.#waiting.push(group);
    return group;
  }

  /** Takes the oldest group off the queue when one may leave; it counts as in flight until {@link settle}. */
  next(nowMs: number): Group<T> | undefined {
    if (this.#inFlight >= this.#limits.inFlightMax || this.waitMs(nowMs) > 0) return undefined;
    const group = this.#waiting.shift();
    if (group === undefined) return undefined;
    this.#inFlight += 1;
    this.#inFlightOrders += group.items.length;
    this.#waitingOrders -= group.items.length;
    this.#lastLeftAtMs = nowMs;
    return group;
  }

  /** How long the oldest group must still gather, milliseconds; 0 when it may leave as soon as there is room. */
  waitMs(nowMs: number): number {
    const group = this.#waiting[0];
    // Only the last group still takes orders: one with another behind it is as full as it gets.
    if (group === undefined || this.#waiting.length > 1 || group.items.length >= this.#limits.ordersMax)
      return 0;
    return Math.max(0, this.#lastLeftAtMs + this.#limits.spacingMs - nowMs);
  }

  /** A group that left has its answer, or has none. */
  settle(group: Group<T>): void {
    this.#inFlight -= 1;
    this.#inFlightOrders -= group.items.length;
  }

  /** Takes the groups off the queue that have waited too long; nothing of them was ever published. */
  expire(nowMs: number): readonly Group<T>[] {
    const expired: Group<T>[] = [];
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (nowMs - first.openedAtMs < this.#limits.waitMsMax) break;
      expired.push(first);
      this.#waiting.shift();
      this.#waitingOrders -= first.items.length;
    }
    return expired;
  }
}

/**
 * Stores one group under a message id that tells a repeat from another group.
 *
 * @returns the position at which it is stored, once it is
 * @throws RemoteError when it gave up; `isDefinite` only when the group is certainly not stored
 */
export type PublishGroup = (payload: Uint8Array, messageId: string) => Promise<number>;

/** Why an order never left the queue: there was no room, or it waited too long for its turn. */
export type QueueRefusal = 'queue-full' | 'queue-timeout';

export type GroupCommit<T> = {
  /**
   * Puts an order into the group being gathered.
   *
   * @returns the stream position at which it is stored, once it is
   * @throws RemoteError (rejects) with a {@link QueueRefusal} as its code, definite, or what the publisher threw
   */
  submit(item: T): Promise<number>;
  /** Orders that wait for their group to be acknowledged. */
  queuedOrders(): number;
  /** Whether {@link GroupCommit.submit} would refuse an order now. */
  isFull(): boolean;
  /** Resolves when every order submitted so far has its answer. */
  drained(): Promise<void>;
};

/**
 * Group commit: orders that come while earlier groups are on their way share one message and one PubAck. A group
 * leaves at the end of the event-loop turn in which there is room for it in flight, so a lone order does not wait.
 *
 * @param options.bytesOf an upper bound of what an item adds to its group
 * @param options.messageIdOf the message id of the n-th group of this process, counted from 0
 * @param options.now milliseconds since any origin
 * @param options.onSettled told of each group that left, with the publisher's error if it gave up
 */
export function createGroupCommit<T>(options: {
  readonly limits: GroupLimits;
  readonly encode: (items: readonly T[]) => Uint8Array;
  readonly bytesOf: (item: T) => number;
  readonly messageIdOf: (group: number) => string;
  readonly publish: PublishGroup;
  readonly now: () => number;
  readonly onSettled?: (settled: { orders: number; durationMs: number; error?: RemoteError }) => void;
}): GroupCommit<T> {
  const { limits, encode, bytesOf, messageIdOf, publish, now, onSettled } = options;
  const gathering = new Gathering<T>(limits);
  let groupsMade = 0;
  /** True between asking for a flush and its turn. */
  let isFlushDue = false;
  /** Runs while groups wait, so that a group behind silent brokers is refused in time. */
  let expiry: NodeJS.Timeout | undefined;
  /** Runs while the group being gathered waits for its time. */
  let gathered: NodeJS.Timeout | undefined;
  let onIdle: (() => void)[] = [];

  const send = async (group: Group<T>): Promise<void> => {
    const startedMs = now();
    const settle = (error?: RemoteError): void => {
      gathering.settle(group);
      onSettled?.({
        orders: group.items.length,
        durationMs: now() - startedMs,
        ...(error === undefined ? {} : { error }),
      });
    };
    try {
      const position = await publish(encode(group.items), messageIdOf(groupsMade++));
      settle();
      group.committed.resolve(position);
    } catch (cause) {
      const error = fromUnknown(cause);
      settle(error);
      group.committed.reject(error);
    }
    flush();
  };

  const flush = (): void => {
    isFlushDue = false;
    for (let group = gathering.next(now()); group !== undefined; group = gathering.next(now()))
      void send(group);
    const waitMs = gathering.waitMs(now());
    if (waitMs > 0 && gathered === undefined) gathered = setTimeout(flushGathered, waitMs);
    if (gathering.hasWaiting) {
      expiry ??= setTimeout(expire, limits.waitMsMax / 8);
    } else {
      clearTimeout(expiry);
      expiry = undefined;
    }
    if (gathering.isIdle) {
      for (const resolve of onIdle) resolve();
      onIdle = [];
    }
  };

  const flushGathered = (): void => {
    gathered = undefined;
    flush();
  };

  const expire = (): void => {
    expiry = undefined;
    const error = refused('queue-timeout', 'the order waited too long for its turn');
    for (const group of gathering.expire(now())) group.committed.reject(error);
    flush();
  };

  return {
    submit(item) {
      const group = gathering.add(item, bytesOf(item), now());
      if (group === undefined) {
        return Promise.reject(refused('queue-full', 'too many orders wait'));
      }
      if (!isFlushDue) {
        isFlushDue = true;
        setImmediate(flush);
      }
      return group.committed.promise;
    },
    queuedOrders: () => gathering.queuedOrders,
    isFull: () => gathering.isFull(now()),
    drained: () =>
      gathering.isIdle ? Promise.resolve() : new Promise<void>((resolve) => onIdle.push(resolve)),
  };
}

function refused(code: QueueRefusal, message: string): RemoteError {
  return new RemoteError(code, message, { isDefinite: true });
}

/** Whatever a publisher did not foresee may have happened after the message had left. */
function fromUnknown(cause: unknown): RemoteError {
  return cause instanceof RemoteError
    ? cause
    : new RemoteError('publish-failed', cause instanceof Error ? cause.message : String(cause), {
        isDefinite: false,
        cause,
      });
}
