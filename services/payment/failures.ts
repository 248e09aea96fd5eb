/**
 * When to stop blaming the provider and blame the order.
 *
 * A failed call says nothing about who is at fault. What tells them apart is what happens to *other* orders meanwhile:
 * a provider that is down decides none. So a failure counts against a batch or an order only when the provider has
 * decided some other order since the last failure that counted. Everything else is an outage, is retried for ever and
 * dead-letters nothing, however long it lasts.
 *
 * - A batch whose calls fail `batchFailuresMax` times (counted so) is split: from then on each of its orders is
 *   charged by a call of its own. So is a batch that the provider refuses as malformed, at once: a split costs calls,
 *   not orders.
 * - An order that fails `orderFailuresMax` times (counted so; alone, or as an item of a batch that was answered) is
 *   given up: if the provider, asked by charge key, knows no charge of it, it is dead-lettered alone with cause
 *   `charge_failed`.
 */
export type FailureRule = {
  readonly batchFailuresMax: number;
  readonly orderFailuresMax: number;
};

/**
 * A provider that is merely bad fails any order a few times in a row, and that is not the order's fault: with a fifth
 * of all attempts failing at random, ten in a row meet one order in ten million, five one in three thousand.
 */
export const defaultFailureRule: FailureRule = { batchFailuresMax: 3, orderFailuresMax: 10 };

/** What counts against one batch or one order. */
export type Suspicion = {
  readonly failures: number;
  /** How many orders the provider had decided, of all it was ever asked for, when the last failure counted. */
  readonly decidedThen: number;
};

/** @param decided how many orders the provider has decided so far */
export function noSuspicion(decided: number): Suspicion {
  return { failures: 0, decidedThen: decided };
}

/** Takes note of a failure, which counts only when other orders were decided meanwhile. */
export function addFailure(suspicion: Suspicion, decided: number): Suspicion {
  return decided > suspicion.decidedThen
    ? { failures: suspicion.failures + 1, decidedThen: decided }
    : suspicion;
}

/** @param wasRejected whether the provider refused the call as malformed */
export function shouldSplit(suspicion: Suspicion, rule: FailureRule, wasRejected: boolean): boolean {
  return wasRejected || suspicion.failures >= rule.batchFailuresMax;
}

export function shouldGiveUp(suspicion: Suspicion, rule: FailureRule): boolean {
  return suspicion.failures >= rule.orderFailuresMax;
}
