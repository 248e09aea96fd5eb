import { tellableOrderId } from '../../proto/identity.ts';
import type { MessageRemark } from './facts.ts';
import { statesOf } from './facts.ts';
import type { Context, Invariant, InvariantName } from './invariants.ts';
import { invariants } from './invariants.ts';
import type { OrderTable, OrderView } from './order-table.ts';
import type { SourceState, SourceStates } from './sources.ts';
import { sourceNames, whole, whyUnchecked } from './sources.ts';

/** What the ledger must know beside the orders themselves. */
export type LedgerInputs = {
  readonly sources: Omit<SourceStates, 'projections'>;
  /** Each replica of the projections by its name (`order-0`). */
  readonly replicas: ReadonlyMap<string, SourceState>;
  /** Messages that no reader understands. */
  readonly undecodable: readonly MessageRemark[];
  /** Dead letters that name no order, because the message they are about could not be read, and that nobody has discarded. */
  readonly orderlessDeadLetters: readonly MessageRemark[];
  /**
   * Invariants whose breach the run brings about on purpose (`dead-lettered` after poison): reported, but no violation.
   */
  readonly expected: ReadonlySet<InvariantName>;
};

export type LedgerResult = {
  /**
   * - `FAIL`: an invariant is broken.
   * - `INCONCLUSIVE`: none is, but something was not seen, or there were no orders.
   * - `PASS`: every invariant that the sources in use allow was checked and holds.
   */
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** Broken invariants, in the order of the table of invariants. */
  readonly findings: readonly Finding[];
  readonly checked: readonly InvariantName[];
  readonly notChecked: readonly { readonly invariant: InvariantName; readonly why: string }[];
  /** What keeps the ledger from a PASS beside findings: sources that were cut short or failed, no orders. */
  readonly gaps: readonly string[];
  readonly counts: LedgerCounts;
};

export type Finding = {
  readonly invariant: InvariantName;
  readonly meaning: string;
  /** How many orders (or messages) break it. */
  readonly count: number;
  /** Whether the run brought it about on purpose. */
  readonly isExpected: boolean;
  /** The count by the way in which they break it: `{ prefix: 0, ... }`, `{ "order-0: missing": 3 }`. */
  readonly breaches: Readonly<Record<string, number>>;
  /** The first ten by row, which is the order in which they came up. */
  readonly samples: readonly Sample[];
};

export type Sample = {
  /** An order id, or `STREAM #sequence` of a message that could not be read. */
  readonly subject: string;
  readonly breach: string;
  /** What was seen of it, for a person. */
  readonly evidence: string;
};

/** How many orders; distinct ones unless said otherwise. */
export type LedgerCounts = {
  readonly attempted: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
  readonly stored: number;
  /** Stored copies, the first of each order included. */
  readonly copies: number;
  /** How orders with unknown answers turned out. */
  readonly unknownStored: number;
  readonly unknownNotStored: number;
  readonly charged: number;
  readonly declined: number;
  readonly conflict: number;
  readonly deadLettered: number;
  readonly unsettled: number;
  /** Charges in the provider's ledger, repeated ones included. */
  readonly charges: number;
  /** Rows of each replica's projection. */
  readonly projected: Readonly<Record<string, number>>;
};

const samplesMax = 10;

/**
 * Judges a run, order by order. Pure: the same table and inputs give the same result.
 *
 * An invariant is checked only where its sources allow it; what is not checked is listed with the reason and never
 * counts as holding.
 */
export function checkLedger(table: OrderTable, inputs: LedgerInputs): LedgerResult {
  const order = table.view();
  const sources: SourceStates = { ...inputs.sources, projections: projectionsState(inputs.replicas) };
  const { counts, storedRange } = survey(order, table.size, [...inputs.replicas.keys()]);
  const context: Context = {
    replicas: [...inputs.replicas].flatMap(([replica, state]) => (state.kind === 'whole' ? [replica] : [])),
    isStoredKnown: sources.orders.kind === 'whole',
    storedRange,
  };

  const notChecked = invariants.flatMap(({ name, needs }) => {
    const why = whyUnchecked(needs, sources);
    return why === undefined ? [] : [{ invariant: name, why }];
  });
  const skipped = new Set(notChecked.map(({ invariant }) => invariant));
  const tallies = invariants.map((invariant) => new Tally(invariant));
  const active = tallies.filter(({ invariant }) => !skipped.has(invariant.name));
  for (let row = 0; row < table.size; row++) {
    order.moveTo(row);
    for (const tally of active) {
      const found = tally.invariant.breach(order, context);
      if (found !== undefined) tally.add(found, () => describeOrder(order, [...inputs.replicas.keys()]));
    }
  }
  const remarks: Partial<Record<InvariantName, readonly MessageRemark[]>> = {
    undecodable: [...inputs.undecodable, ...inputs.orderlessDeadLetters],
  };
  for (const tally of tallies) {
    for (const { stream, sequence, problem } of remarks[tally.invariant.name] ?? []) {
      tally.add('no order', () => ({ subject: `${stream} #${sequence}`, evidence: problem }));
    }
  }

  const findings = tallies.flatMap((tally) => (tally.count === 0 ? [] : [tally.finding(inputs.expected)]));
  const gaps = gapsOf(sources, inputs.replicas, counts);
  const isBroken = findings.some(({ isExpected }) => !isExpected);
  return {
    verdict: isBroken ? 'FAIL' : gaps.length > 0 ? 'INCONCLUSIVE' : 'PASS',
    findings,
    checked: active.map(({ invariant }) => invariant.name),
    notChecked,
    gaps,
    counts,
  };
}

/** Breaches of one invariant as they are found. */
class Tally {
  readonly invariant: Invariant;
  count = 0;
  readonly #breaches: Record<string, number> = {};
  readonly #samples: Sample[] = [];

  constructor(invariant: Invariant) {
    this.invariant = invariant;
  }

  add(breach: string, describe: () => Omit<Sample, 'breach'>): void {
    this.count++;
    this.#breaches[breach] = (this.#breaches[breach] ?? 0) + 1;
    if (this.#samples.length < samplesMax) this.#samples.push({ ...describe(), breach });
  }

  finding(expected: ReadonlySet<InvariantName>): Finding {
    const { name, meaning } = this.invariant;
    return {
      invariant: name,
      meaning,
      count: this.count,
      isExpected: expected.has(name),
      breaches: this.#breaches,
      samples: this.#samples,
    };
  }
}

/** Counts everything, and finds the range of accepted orders that are stored. */
function survey(order: OrderView, size: number, replicas: readonly string[]) {
  const n = { accepted: 0, refused: 0, unknown: 0 };
  const states = { charged: 0, declined: 0, conflict: 0, 'dead-lettered': 0, accepted: 0 };
  const projected = Object.fromEntries(replicas.map((replica) => [replica, 0]));
  let stored = 0;
  let copies = 0;
  let unknownStored = 0;
  let unsettled = 0;
  let charges = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < size; row++) {
    order.moveTo(row);
    const { attempt, isStored } = order;
    if (attempt !== undefined) n[attempt]++;
    charges += order.charges;
    for (const replica of replicas) {
      if (order.projectedStates(replica) !== 0) projected[replica] = (projected[replica] ?? 0) + 1;
    }
    if (!isStored) continue;
    stored++;
    copies += order.copies;
    if (attempt === 'unknown') unknownStored++;
    if (attempt === 'accepted') {
      first = Math.min(first, order.index);
      last = Math.max(last, order.index);
    }
    if (order.states === 0) unsettled++;
    for (const state of statesOf(order.standingStates)) states[state]++;
  }
  const counts: LedgerCounts = {
    attempted: n.accepted + n.refused + n.unknown,
    ...n,
    stored,
    copies,
    unknownStored,
    unknownNotStored: n.unknown - unknownStored,
    charged: states.charged,
    declined: states.declined,
    conflict: states.conflict,
    deadLettered: states['dead-lettered'],
    unsettled,
    charges,
    projected,
  };
  return { counts, storedRange: first <= last ? { first, last } : undefined };
}

/** The projections as one source: there is something to compare as soon as one replica was read whole. */
function projectionsState(replicas: ReadonlyMap<string, SourceState>): SourceState {
  const states = [...replicas.values()];
  if (states.some(({ kind }) => kind === 'whole')) return whole;
  const state = states.find((candidate) => candidate.kind !== 'not-used') ?? states[0];
  if (state === undefined) return { kind: 'failed', why: 'no replica was asked' };
  return state.kind === 'part' ? { kind: 'failed', why: state.why } : state;
}

function gapsOf(
  sources: SourceStates,
  replicas: ReadonlyMap<string, SourceState>,
  counts: LedgerCounts,
): string[] {
  const named: (readonly [string, SourceState])[] = [
    ...sourceNames
      .filter((name) => name !== 'projections' || replicas.size === 0)
      .map((name) => [name, sources[name]] as const),
    ...[...replicas].map(([replica, state]) => [`projection of ${replica}`, state] as const),
  ];
  const gaps = named.flatMap(([name, state]) => {
    if (state.kind === 'whole') return state.remark === undefined ? [] : [`${name}: ${state.remark}`];
    return state.kind === 'not-used' ? [] : [`${name}: ${state.why}`];
  });
  if (sources.orders.kind === 'not-used') gaps.push(`orders: ${sources.orders.why}`);
  if (counts.stored === 0) gaps.push('no order of the run was stored: there is nothing to judge');
  return gaps;
}

function describeOrder(order: OrderView, replicas: readonly string[]): Omit<Sample, 'breach'> {
  const states = statesOf(order.states).join(' and ');
  const attempt = order.attempt;
  const client =
    attempt === undefined
      ? 'never attempted'
      : [
          `index ${order.index} ${attempt} after ${plural(order.sends, 'send')}`,
          order.answeredPosition > 0 ? ` at position ${order.answeredPosition}` : '',
          order.wrongAnsweredId === undefined ? '' : ` as ${order.wrongAnsweredId}`,
          ` (${order.money(order.attemptMoney)})`,
        ].join('');
  const stored = order.isStored
    ? `stored ${plural(order.copies, 'time')}, first at ${order.position} (${order.money(order.storedMoney)})`
    : 'not stored';
  const outcome = order.states === 0 ? 'no outcome' : `${plural(order.outcomes, 'outcome')}: ${states}`;
  const provider =
    order.charges > 0
      ? `provider: ${plural(order.charges, 'charge')} (${order.money(order.chargeMoney)})`
      : order.declines > 0
        ? 'provider: declined'
        : 'provider: nothing';
  const deadLetter = order.deadLetters > 0 ? [plural(order.deadLetters, 'dead letter')] : [];
  const projections = replicas.map((replica) => {
    const projected = statesOf(order.projectedStates(replica)).join(' and ');
    return `${replica}: ${projected === '' ? 'absent' : projected}`;
  });
  const evidence = [client, stored, outcome, ...deadLetter, provider, ...projections].join('; ');
  return { subject: tellableOrderId(order.id), evidence };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
