/**
 * What the ledger is told about orders, one fact at a time, by whoever saw it: the client, the streams, the
 * provider, the projections. Plain data; ledger/read/ makes these facts out of files, messages and HTTP answers.
 */

import type { ClientOutcome } from '../history.ts';

/** How an order ended. The position of a state in this list is its bit in a {@link StateSet}. */
export const terminalStates = ['charged', 'declined', 'conflict', 'dead-lettered'] as const;
export type TerminalState = (typeof terminalStates)[number];

/** What a projection may say of an order: `accepted` until it has ended. */
export const orderStates = [...terminalStates, 'accepted'] as const;
export type OrderState = (typeof orderStates)[number];

/** A set of {@link OrderState}s as bits: 1 charged, 2 declined, 4 conflict, 8 dead-lettered, 16 accepted. */
export type StateSet = number;

export function stateBit(state: OrderState): StateSet {
  return 1 << orderStates.indexOf(state);
}

export function statesOf(set: StateSet): readonly OrderState[] {
  return orderStates.filter((state) => (set & stateBit(state)) !== 0);
}

/** An amount as every source gives it; amounts are minor units of the currency. */
export type Money = {
  readonly amountMinor: number;
  /** ISO 4217 alphabetic code; empty where the source gave none. */
  readonly currency: string;
};

export type AttemptFact = Money & {
  /** Derived from client, key and body, whatever the answer said. */
  readonly orderId: string;
  /** The order's place in the run's workload. */
  readonly index: number;
  readonly outcome: ClientOutcome;
  /** How often it was sent. */
  readonly sends: number;
  /** How many of these sends may have stored it: those that got a 201 or no definite answer. */
  readonly storableSends: number;
  /** Stream sequence that the 201 gave; 0 for none. */
  readonly answeredPosition: number;
  /** The order id that the 201 gave; undefined for none. */
  readonly answeredId: string | undefined;
};

/** One copy of an order in the orders stream. */
export type StoredFact = Money & {
  readonly orderId: string;
  /** Empty when the writer knew only the original schema. */
  readonly chargeKey: string;
  /** Stream sequence of the group that holds it. */
  readonly position: number;
};

/** One outcome in the outcomes stream. */
export type OutcomeFact = Money & {
  readonly orderId: string;
  readonly state: TerminalState;
  readonly reason: string;
  readonly chargeId: string;
};

/** One line of the provider's ledger: an effect, not a call. */
export type ChargeFact = Money & {
  readonly orderId: string;
  readonly chargeKey: string;
  readonly state: 'charged' | 'declined';
};

/** One row of a replica's projection. */
export type ProjectedFact = Money & {
  readonly orderId: string;
  readonly state: OrderState;
};

/** A stored message of which something has to be said that belongs to no order. */
export type MessageRemark = {
  readonly stream: string;
  readonly sequence: number;
  readonly problem: string;
};
