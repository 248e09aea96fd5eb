import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { type Breaker, BreakerOpenError, backoffMs, delay, type Log, RemoteError } from '../runtime/index.ts';
import { AbandonedError } from './abandoned.ts';
import { conflict, type Decision, deadLetter } from './decision.ts';
import { checkOrder } from './decode.ts';
import {
  addFailure,
  type FailureRule,
  noSuspicion,
  type Suspicion,
  shouldGiveUp,
  shouldSplit,
} from './failures.ts';
import type { Gate } from './gate.ts';
import {
  type Charge,
  type ChargeAnswer,
  type PaymentProvider,
  type RecordedCharge,
  rejectedCode,
} from './providers/provider.ts';

export type ChargeMode = 'batch' | 'per-order';

/** Brings orders to the provider until each has a decision. */
export type Charger = {
  /**
   * Waits as long as it takes: an outage holds the orders, it fails none.
   *
   * @param traceparentOf the trace context that the provider is told for an order, by its place in the group
   * @param options.looksFirst asks for the provider's record of each order before it charges any: for orders so old that
   *   the provider may have forgotten their keys, though never a charge; default false
   * @returns a decision for each order, in order
   * @throws AbandonedError when the service stops first
   */
  decide(
    orders: readonly OrderCreated[],
    traceparentOf: (index: number) => string | undefined,
    options?: { readonly looksFirst: boolean },
  ): Promise<readonly Decision[]>;
  /**
   * What the provider has on record for an order, without charging it; undefined when nothing.
   * @throws AbandonedError when the service stops first
   */
  recall(order: OrderCreated): Promise<Decision | undefined>;
};

export type ChargerParts = {
  readonly provider: PaymentProvider;
  readonly breaker: Breaker;
  readonly gate: Gate;
  readonly rule: FailureRule;
  readonly mode: ChargeMode;
  readonly chargeKeyOf: (order: OrderCreated) => string;
  readonly retry: { readonly baseMs: number; readonly capMs: number };
  readonly log: Log;
  /** Told of each call to the provider; `outcome` is `ok` or the error's code. */
  readonly onCall: (durationMs: number, outcome: string) => void;
  /** Told of each call that asked for charges: how many of them the provider decided, and how many failed. */
  readonly onAttempts: (decided: number, failed: number) => void;
  /** Milliseconds, monotonic. */
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal;
};

/** An order without a decision yet. */
type Open = {
  readonly index: number;
  readonly order: OrderCreated;
  readonly traceparent: string | undefined;
  suspicion: Suspicion;
};

/** Calls of one group that may be under way at once when each order has its own. */
const callsPerGroupMax = 8;

export function createCharger(parts: ChargerParts): Charger {
  const { provider, breaker, gate, rule, signal } = parts;
  /** How many orders the provider has decided for this process: the witness of failures.ts. */
  let decided = 0;

  const toCharge = (order: OrderCreated, traceparent: string | undefined): Charge => ({
    chargeKey: parts.chargeKeyOf(order),
    orderId: order.orderId,
    amountMinor: Number(order.amountMinor),
    currency: order.currency,
    runId: order.runId,
    traceparent,
  });

  /** One call through the breaker; holds while it is open. A failure is returned, not thrown. */
  const call = async <T>(action: () => Promise<T>, attempt: number): Promise<T | RemoteError> => {
    for (;;) {
      if (signal.aborted) throw new AbandonedError();
      const startedAt = parts.monotonicMs();
      try {
        const answer = await breaker.call(() => rejectionAsAnswer(action));
        const outcome = answer instanceof RemoteError ? answer.code : 'ok';
        parts.onCall(parts.monotonicMs() - startedAt, outcome);
        return answer;
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        if (!(error instanceof BreakerOpenError)) {
          parts.onCall(parts.monotonicMs() - startedAt, error.code);
          return error;
        }
        await gate.wait();
        // The one trial of a half-open breaker should go to orders that have failed least, fresh ones before all.
        if (attempt > 0) await delay(backoffMs(attempt, { baseMs: 10, capMs: 500 }), signal);
      }
    }
  };

  const callBatches = async (round: Round): Promise<void> => {
    for (let from = 0; from < round.open.length; from += provider.batchMax) {
      const part = round.open.slice(from, from + provider.batchMax);
      const charges = part.map(({ order, traceparent }) => toCharge(order, traceparent));
      const answers = await call(() => provider.chargeBatch(charges), round.attempt);
      if (answers instanceof RemoteError) {
        round.batchSuspicion = addFailure(round.batchSuspicion, decided);
        round.isSplit = shouldSplit(round.batchSuspicion, rule, answers.code === rejectedCode);
        noteCallFailure(parts, answers, part.length, round.attempt);
        return;
      }
      const failed = answers.filter(({ status }) => status === 'error').length;
      parts.onAttempts(answers.length - failed, failed);
      // Decisions first, so that an order which failed among decided neighbours is seen to have failed alone.
      for (const [at, answer] of answers.entries()) noteDecision(round, part[at], answer);
      for (const [at, answer] of answers.entries()) noteError(part[at], answer);
    }
  };

  const callAlone = async (round: Round): Promise<void> => {
    const queue = round.open.values();
    const worker = async () => {
      for (const one of queue) {
        const answer = shouldGiveUp(one.suspicion, rule)
          ? undefined
          : await call(() => provider.charge(toCharge(one.order, one.traceparent)), round.attempt);
        if (answer instanceof RemoteError) {
          one.suspicion = addFailure(one.suspicion, decided);
          noteCallFailure(parts, answer, 1, round.attempt);
        } else if (answer !== undefined) {
          parts.onAttempts(answer.status === 'error' ? 0 : 1, answer.status === 'error' ? 1 : 0);
          noteDecision(round, one, answer);
          noteError(one, answer);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(callsPerGroupMax, round.open.length) }, worker));
  };

  const noteDecision = (round: Round, one: Open | undefined, answer: ChargeAnswer) => {
    if (one === undefined || answer.status === 'error') return;
    round.decisions[one.index] = toDecision(answer);
    decided++;
  };

  const noteError = (one: Open | undefined, answer: ChargeAnswer) => {
    if (one === undefined || answer.status !== 'error') return;
    one.suspicion = addFailure(one.suspicion, decided);
  };

  /** The last question before an order is dead-lettered: has an earlier call charged it after all? */
  const giveUp = async (round: Round): Promise<void> => {
    for (const one of round.open) {
      if (!shouldGiveUp(one.suspicion, rule)) continue;
      const { chargeKey } = toCharge(one.order, undefined);
      const record = await call(() => provider.lookup(chargeKey), round.attempt);
      if (record instanceof RemoteError) continue;
      round.decisions[one.index] =
        record === undefined
          ? deadLetter(
              'charge_failed',
              `the provider failed ${one.suspicion.failures} times on this order while it decided others`,
            )
          : matchRecord(one.order, record);
    }
  };

  /** Asks until the provider answers. */
  const recall = async (order: OrderCreated): Promise<Decision | undefined> => {
    const { chargeKey } = toCharge(order, undefined);
    for (let attempt = 0; ; attempt++) {
      const record = await call(() => provider.lookup(chargeKey), attempt);
      if (record === undefined) return undefined;
      if (!(record instanceof RemoteError)) return matchRecord(order, record);
      await delay(backoffMs(attempt, parts.retry), signal);
    }
  };

  return {
    recall,

    async decide(orders, traceparentOf, options) {
      const decisions: (Decision | undefined)[] = new Array(orders.length);
      const open: Open[] = [];
      for (const [index, order] of orders.entries()) {
        decisions[index] = checkOrder(order);
        if (options?.looksFirst === true) decisions[index] ??= await recall(order);
        if (decisions[index] === undefined) {
          const suspicion = noSuspicion(decided);
          open.push({ index, order, traceparent: traceparentOf(index), suspicion });
        }
      }
      const round: Round = {
        decisions,
        open,
        attempt: 0,
        batchSuspicion: noSuspicion(decided),
        isSplit: parts.mode === 'per-order',
      };
      while (round.open.length > 0) {
        await (round.isSplit ? callAlone(round) : callBatches(round));
        dropDecided(round);
        if (round.open.length === 0) break;
        await delay(backoffMs(round.attempt++, parts.retry), signal);
        // Not before the wait: the provider may be acting yet on a call whose time was up.
        await giveUp(round);
        dropDecided(round);
      }
      return decisions as Decision[];
    },
  };
}

/** The state of one group between calls. */
type Round = {
  readonly decisions: (Decision | undefined)[];
  open: readonly Open[];
  attempt: number;
  batchSuspicion: Suspicion;
  isSplit: boolean;
};

function dropDecided(round: Round): void {
  round.open = round.open.filter(({ index }) => round.decisions[index] === undefined);
}

/** A request that was refused as malformed was answered: for the breaker the provider is well. */
async function rejectionAsAnswer<T>(action: () => Promise<T>): Promise<T | RemoteError> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RemoteError && error.code === rejectedCode) return error;
    throw error;
  }
}

function toDecision(answer: Exclude<ChargeAnswer, { status: 'error' }>): Decision {
  switch (answer.status) {
    case 'charged':
      return { state: 'charged', chargeId: answer.chargeId };
    case 'declined':
      return { state: 'declined', reason: answer.reason };
    case 'conflict':
      return conflict;
  }
}

function matchRecord(order: OrderCreated, record: RecordedCharge): Decision {
  const isSame =
    record.orderId === order.orderId &&
    record.amountMinor === Number(order.amountMinor) &&
    record.currency === order.currency;
  return isSame ? toDecision(record.answer) : conflict;
}

function noteCallFailure(parts: ChargerParts, error: RemoteError, orders: number, attempt: number): void {
  parts.onAttempts(0, orders);
  parts.log.debug({ code: error.code, orders, attempt }, 'a call to the provider failed');
}
