/**
 * What must hold of every order, as a table: a name, a sentence, the sources it needs, and a predicate over one
 * order. Adding an invariant is adding a row and a bad history to check.test.ts.
 */

import type { StateSet } from './facts.ts';
import { stateBit } from './facts.ts';
import { mixedMoney, noMoney } from './money-codes.ts';
import type { OrderView } from './order-table.ts';
import type { Needs } from './sources.ts';

export type Invariant = {
  readonly name: InvariantName;
  /** What a finding means, in one sentence. */
  readonly meaning: string;
  readonly needs: Needs;
  /** In what way the order breaks it, in a few words that many orders share; undefined when it does not. */
  readonly breach: (order: OrderView, context: Context) => string | undefined;
};

/** What predicates must know beside the order at hand. */
export type Context = {
  /** Replicas whose projection was read whole. */
  readonly replicas: readonly string[];
  /** Whether the orders stream was read whole, so that an order it did not show is not stored. */
  readonly isStoredKnown: boolean;
  /** Workload indices of the first and the last accepted order that is stored; undefined when there is none. */
  readonly storedRange: { readonly first: number; readonly last: number } | undefined;
};

const charged = stateBit('charged');
const declined = stateBit('declined');
const deadLettered = stateBit('dead-lettered');
const accepted = stateBit('accepted');

export const invariantNames = [
  'lost',
  'phantom',
  'refused-but-stored',
  'misidentified',
  'altered',
  'over-stored',
  'undecodable',
  'unsettled',
  'contradicted',
  'double-charged',
  'mischarged',
  'miskeyed',
  'uncharged',
  'unexplained-charge',
  'unbacked-decline',
  'charge-without-order',
  'dead-lettered',
  'projection-disagrees',
] as const;
export type InvariantName = (typeof invariantNames)[number];

export const invariants: readonly Invariant[] = [
  {
    name: 'lost',
    meaning: 'The client got a 201 for these orders, but the orders stream does not have them.',
    needs: { some: ['history'], whole: ['orders'] },
    breach: (order, { storedRange }) => {
      if (order.attempt !== 'accepted' || order.isStored) return undefined;
      if (storedRange === undefined) return 'everything';
      if (order.index < storedRange.first) return 'prefix';
      return order.index > storedRange.last ? 'postfix' : 'middle';
    },
  },
  {
    name: 'phantom',
    meaning: 'The orders stream has these orders of the run, but the client never attempted them.',
    needs: { some: ['orders'], whole: ['history'] },
    breach: (order) => (order.isStored && order.attempt === undefined ? 'never attempted' : undefined),
  },
  {
    name: 'refused-but-stored',
    meaning:
      'Every answer for these orders promised that nothing was stored, yet the orders stream has them.',
    needs: { some: ['history', 'orders'], whole: [] },
    breach: (order) => (order.isStored && order.attempt === 'refused' ? 'refused' : undefined),
  },
  {
    name: 'misidentified',
    meaning: 'The 201 for these orders carried an id other than the one derived from client, key and body.',
    needs: { some: ['history'], whole: [] },
    breach: (order) => (order.wrongAnsweredId === undefined ? undefined : 'other id answered'),
  },
  {
    name: 'altered',
    meaning:
      'The stored amount or currency of these orders is not the one that was sent, or differs by copy.',
    needs: { some: ['orders'], whole: [] },
    breach: (order) => {
      if (!order.isStored) return undefined;
      if (order.storedMoney === mixedMoney) return 'copies differ';
      const wasChanged = order.attemptMoney !== noMoney && order.attemptMoney !== order.storedMoney;
      return wasChanged ? 'not what was sent' : undefined;
    },
  },
  {
    name: 'over-stored',
    meaning: 'The orders stream has more copies of these orders than sends and redrives can explain.',
    needs: { some: ['history', 'orders'], whole: [] },
    breach: (order) => {
      if (order.attempt !== 'accepted' && order.attempt !== 'unknown') return undefined;
      return order.copies > order.storableSends + order.redrives ? 'more copies than sends' : undefined;
    },
  },
  {
    name: 'undecodable',
    meaning: 'These stored messages cannot be read, in whole or in part.',
    needs: { some: ['orders'], whole: [] },
    // A message that cannot be read belongs to no order: checkLedger counts them beside the orders.
    breach: () => undefined,
  },
  {
    name: 'unsettled',
    meaning: 'These orders are stored, but no outcome says how they ended.',
    needs: { some: ['orders'], whole: ['outcomes', 'drain'] },
    breach: (order) => (order.isStored && order.states === 0 ? 'no outcome' : undefined),
  },
  {
    name: 'contradicted',
    meaning: 'The outcomes of these orders disagree with each other or with the order.',
    needs: { some: ['outcomes'], whole: [] },
    breach: (order, { isStoredKnown }) => {
      if (order.states === 0) return undefined;
      if (!isOneOrNone(order.standingStates)) return 'two terminal states';
      const wasRedriven = order.redrives > 0 && (order.states & deadLettered) !== 0;
      if (order.outcomesDiffer && !wasRedriven) return 'other reason or charge';
      if (order.outcomeMoney === mixedMoney) return 'other amount';
      if (!order.isStored) return isStoredKnown ? 'outcome without order' : undefined;
      return order.outcomeMoney !== order.storedMoney ? 'other amount' : undefined;
    },
  },
  {
    name: 'double-charged',
    meaning: 'The provider charged these orders more than once.',
    needs: { some: ['provider'], whole: [] },
    breach: (order) => (order.charges > 1 ? 'charged more than once' : undefined),
  },
  {
    name: 'mischarged',
    meaning: 'The provider charged these orders with an amount or currency other than their own.',
    needs: { some: ['provider', 'orders'], whole: [] },
    breach: (order) => {
      if (order.charges === 0 || !order.isStored) return undefined;
      return order.chargeMoney !== order.storedMoney ? 'other amount' : undefined;
    },
  },
  {
    name: 'miskeyed',
    meaning:
      'These orders were charged under a key other than their own, so a retry would charge them again.',
    needs: { some: ['provider', 'orders'], whole: [] },
    breach: (order) => (order.isKeyForeign ? 'other charge key' : undefined),
  },
  {
    name: 'uncharged',
    meaning: 'The outcome says charged, but the provider has no such charge.',
    needs: { some: ['outcomes'], whole: ['provider'] },
    breach: (order) => ((order.states & charged) !== 0 && order.charges === 0 ? 'no charge' : undefined),
  },
  {
    name: 'unexplained-charge',
    meaning: 'The provider charged these orders, but their outcome says that they were not charged.',
    needs: { some: ['provider', 'outcomes'], whole: [] },
    breach: (order) => {
      const isSaidUncharged = order.states !== 0 && (order.states & charged) === 0;
      return order.charges > 0 && isSaidUncharged ? 'outcome says otherwise' : undefined;
    },
  },
  {
    name: 'unbacked-decline',
    meaning: 'The outcome says declined, but the provider never declined these orders.',
    needs: { some: ['outcomes'], whole: ['provider'] },
    breach: (order) => ((order.states & declined) !== 0 && order.declines === 0 ? 'no decline' : undefined),
  },
  {
    name: 'charge-without-order',
    meaning: 'The provider charged orders of the run that the orders stream does not have.',
    needs: { some: ['provider'], whole: ['orders', 'drain'] },
    breach: (order) => (order.charges > 0 && !order.isStored ? 'not stored' : undefined),
  },
  {
    name: 'dead-lettered',
    meaning: 'Payment gave these orders up; a person has to look at them.',
    needs: { some: ['outcomes', 'dead-letters'], whole: [] },
    breach: (order) => {
      const isOutcome = (order.states & deadLettered) !== 0;
      if (order.deadLetters > 0) return isOutcome ? 'dead letter' : 'dead letter without outcome';
      // Looked at: given up for good, or put back and settled since.
      const isDone = order.isDiscarded || (order.redrives > 0 && order.states !== deadLettered);
      return isOutcome && !isDone ? 'outcome without dead letter' : undefined;
    },
  },
  {
    name: 'projection-disagrees',
    meaning: 'A replica answers for these orders otherwise than the streams say.',
    needs: { some: ['projections'], whole: ['orders', 'outcomes', 'drain'] },
    breach: (order, { replicas }) => {
      const breaches = replicas.flatMap((replica) => {
        const disagreement = projectionDisagreement(order, replica);
        return disagreement === undefined ? [] : [`${replica}: ${disagreement}`];
      });
      return breaches.length === 0 ? undefined : breaches.join(', ');
    },
  },
];

function projectionDisagreement(order: OrderView, replica: string): string | undefined {
  const states = order.projectedStates(replica);
  if (!order.isStored) return states === 0 ? undefined : 'extra';
  if (states === 0) return 'missing';
  if (!isOneOrNone(states)) return 'listed twice';
  // A contradicted order ended in two ways; the projection can show either.
  const expected = order.states === 0 ? accepted : order.standingStates;
  if ((states & ~expected) !== 0) return 'other state';
  return order.projectedMoney(replica) !== order.storedMoney ? 'other amount' : undefined;
}

/** A power of two, or zero, has no bit in common with its predecessor. */
function isOneOrNone(states: StateSet): boolean {
  return (states & (states - 1)) === 0;
}
