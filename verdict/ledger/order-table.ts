import type { ClientOutcome } from '../history.ts';
import type { AttemptFact, ChargeFact, OutcomeFact, ProjectedFact, StateSet, StoredFact } from './facts.ts';
import { stateBit } from './facts.ts';
import { fnv1a, IdIndex } from './id-index.ts';
import { MoneyCodes, mixedMoney, noMoney } from './money-codes.ts';

/**
 * The position of an outcome in this list, plus one, is its code in the table; 0 is "never attempted". Of two records of
 * one order the one further left counts: it claims more.
 */
const attemptOutcomes: readonly ClientOutcome[] = ['accepted', 'unknown', 'refused'];

const deadLettered = stateBit('dead-lettered');

/** Fingerprints: 0 for none yet, 1 when sources differed. */
const noFingerprint = 0;
const mixedFingerprint = 1;

/**
 * Everything that was seen of every order, one row an order, about 112 bytes each (and 9 more for each projection), so
 * that an audit of ten million orders fits a laptop.
 *
 * Facts may come in any order and from any number of readers. The table only collects; `checkLedger` judges.
 */
export class OrderTable {
  readonly #index: IdIndex;
  readonly #money = new MoneyCodes();
  #columns: Columns;
  readonly #projections = new Map<string, ProjectionColumns>();
  /** Orders whose 201 gave another id than theirs, with that id, by row. Empty in all runs but broken ones. */
  readonly #answeredIds = new Map<number, string>();

  /** @param expected how many orders to make room for; it grows when there are more */
  constructor(expected = 1_024) {
    const rows = Math.max(16, expected);
    this.#index = new IdIndex(rows);
    this.#columns = createColumns(rows);
  }

  /** How many distinct orders anything was said of; rows are 0 to size - 1. */
  get size(): number {
    return this.#index.size;
  }

  addAttempt(fact: AttemptFact): void {
    const row = this.#row(fact.orderId);
    const c = this.#columns;
    const code = attemptOutcomes.indexOf(fact.outcome) + 1;
    const before = c.attempt[row] as number;
    c.attempt[row] = before === 0 ? code : Math.min(before, code);
    c.index[row] = fact.index;
    c.sends[row] = Math.min(255, (c.sends[row] as number) + fact.sends);
    c.storableSends[row] = Math.min(255, (c.storableSends[row] as number) + fact.storableSends);
    if (fact.answeredPosition > 0) c.answeredPosition[row] = fact.answeredPosition;
    if (fact.answeredId !== undefined && fact.answeredId !== fact.orderId) {
      this.#answeredIds.set(row, fact.answeredId);
    }
    mergeMoney(c.attemptMoney, row, this.#money.encode(fact));
  }

  addStored(fact: StoredFact): void {
    const row = this.#row(fact.orderId);
    const c = this.#columns;
    c.copies[row] = Math.min(65_535, (c.copies[row] as number) + 1);
    const first = c.position[row] as number;
    if (first === 0 || fact.position < first) c.position[row] = fact.position;
    mergeMoney(c.storedMoney, row, this.#money.encode(fact));
    if (fact.chargeKey !== '') mergeFingerprint(c.storedKey, row, fact.chargeKey);
  }

  addOutcome(fact: OutcomeFact): void {
    const row = this.#row(fact.orderId);
    const c = this.#columns;
    c.outcomes[row] = Math.min(65_535, (c.outcomes[row] as number) + 1);
    c.states[row] = (c.states[row] as number) | stateBit(fact.state);
    mergeMoney(c.outcomeMoney, row, this.#money.encode(fact));
    mergeFingerprint(c.outcomeContent, row, `${fact.state}|${fact.reason}|${fact.chargeId}`);
  }

  /** A dead letter about which nothing was done. */
  addDeadLetter(orderId: string): void {
    const row = this.#row(orderId);
    const c = this.#columns;
    c.deadLetters[row] = Math.min(255, (c.deadLetters[row] as number) + 1);
  }

  /** A copy in the orders stream that an operator put back. */
  addRedrive(orderId: string): void {
    const row = this.#row(orderId);
    const c = this.#columns;
    c.redrives[row] = Math.min(255, (c.redrives[row] as number) + 1);
  }

  /** An operator gave the order up for good. */
  addDiscard(orderId: string): void {
    this.#columns.discards[this.#row(orderId)] = 1;
  }

  addCharge(fact: ChargeFact): void {
    const row = this.#row(fact.orderId);
    const c = this.#columns;
    if (fact.state === 'declined') {
      c.declines[row] = Math.min(255, (c.declines[row] as number) + 1);
      return;
    }
    c.charges[row] = Math.min(65_535, (c.charges[row] as number) + 1);
    mergeMoney(c.chargeMoney, row, this.#money.encode(fact));
    mergeFingerprint(c.chargeKey, row, fact.chargeKey);
  }

  /** Makes a replica known that may turn out to have no row at all. */
  addReplica(replica: string): void {
    this.#projectionOf(replica);
  }

  addProjected(replica: string, fact: ProjectedFact): void {
    const row = this.#row(fact.orderId);
    const columns = this.#projectionOf(replica);
    columns.states[row] = (columns.states[row] as number) | stateBit(fact.state);
    mergeMoney(columns.money, row, this.#money.encode(fact));
  }

  /** A movable view of single rows, for reading. */
  view(): OrderView {
    return new OrderView(this.#index, this.#money, this.#columns, this.#projections, this.#answeredIds);
  }

  /** Bytes of its columns, without the index of ids. */
  get columnBytes(): number {
    const all = [this.#columns, ...this.#projections.values()].flatMap((columns) => Object.values(columns));
    return all.reduce((sum, column) => sum + column.byteLength, 0);
  }

  #row(orderId: string): number {
    const row = this.#index.rowOf(orderId);
    if (row >= this.#columns.index.length) {
      const rows = this.#columns.index.length * 2;
      this.#columns = grown(this.#columns, createColumns(rows));
      for (const [replica, columns] of this.#projections) {
        this.#projections.set(replica, grown(columns, createProjectionColumns(rows)));
      }
    }
    return row;
  }

  #projectionOf(replica: string): ProjectionColumns {
    let columns = this.#projections.get(replica);
    if (columns === undefined) {
      columns = createProjectionColumns(this.#columns.index.length);
      this.#projections.set(replica, columns);
    }
    return columns;
  }
}

/** Reads one row at a time; {@link OrderView.moveTo} chooses which. Valid until the table is added to. */
export class OrderView {
  #row = 0;
  readonly #index: IdIndex;
  readonly #money: MoneyCodes;
  readonly #columns: Columns;
  readonly #projections: ReadonlyMap<string, ProjectionColumns>;
  readonly #answeredIds: ReadonlyMap<number, string>;

  constructor(
    index: IdIndex,
    money: MoneyCodes,
    columns: Columns,
    projections: ReadonlyMap<string, ProjectionColumns>,
    answeredIds: ReadonlyMap<number, string>,
  ) {
    this.#index = index;
    this.#money = money;
    this.#columns = columns;
    this.#projections = projections;
    this.#answeredIds = answeredIds;
  }

  moveTo(row: number): this {
    this.#row = row;
    return this;
  }

  get id(): string {
    return this.#index.idOf(this.#row);
  }
  /** How the client fared; undefined when no client attempted it. */
  get attempt(): ClientOutcome | undefined {
    return attemptOutcomes[(this.#columns.attempt[this.#row] as number) - 1];
  }
  get index(): number {
    return this.#columns.index[this.#row] as number;
  }
  get sends(): number {
    return this.#columns.sends[this.#row] as number;
  }
  /** How many of the sends may have stored the order. */
  get storableSends(): number {
    return this.#columns.storableSends[this.#row] as number;
  }
  get answeredPosition(): number {
    return this.#columns.answeredPosition[this.#row] as number;
  }
  /** The id that the 201 gave, when it was not this order's. */
  get wrongAnsweredId(): string | undefined {
    return this.#answeredIds.get(this.#row);
  }
  get copies(): number {
    return this.#columns.copies[this.#row] as number;
  }
  get isStored(): boolean {
    return this.copies > 0;
  }
  /** Stream sequence of the first copy; 0 when not stored. */
  get position(): number {
    return this.#columns.position[this.#row] as number;
  }
  get outcomes(): number {
    return this.#columns.outcomes[this.#row] as number;
  }
  /** The terminal states that outcomes gave. */
  get states(): StateSet {
    return this.#columns.states[this.#row] as number;
  }
  /** Those of {@link OrderView.states} that stand: what became of a redriven order takes the place of its dead letter. */
  get standingStates(): StateSet {
    const others = this.states & ~deadLettered;
    return this.redrives > 0 && others !== 0 ? others : this.states;
  }
  /** Whether outcomes gave the same state but differ in reason or charge id. */
  get outcomesDiffer(): boolean {
    return this.#columns.outcomeContent[this.#row] === mixedFingerprint;
  }
  /** Those about which nothing was done. */
  get deadLetters(): number {
    return this.#columns.deadLetters[this.#row] as number;
  }
  /** Copies that operators put back from the dead letters. */
  get redrives(): number {
    return this.#columns.redrives[this.#row] as number;
  }
  /** Whether an operator gave the order up for good. */
  get isDiscarded(): boolean {
    return this.#columns.discards[this.#row] !== 0;
  }
  /** Charges in the provider's ledger. */
  get charges(): number {
    return this.#columns.charges[this.#row] as number;
  }
  /** Declines in the provider's ledger. */
  get declines(): number {
    return this.#columns.declines[this.#row] as number;
  }
  /** Whether the provider charged under another key than the stored order's. */
  get isKeyForeign(): boolean {
    const stored = this.#columns.storedKey[this.#row] as number;
    const charged = this.#columns.chargeKey[this.#row] as number;
    return stored !== noFingerprint && charged !== noFingerprint && stored !== charged;
  }

  /** Amounts with currency, as codes that are equal when the money is. */
  get attemptMoney(): number {
    return this.#columns.attemptMoney[this.#row] as number;
  }
  get storedMoney(): number {
    return this.#columns.storedMoney[this.#row] as number;
  }
  get outcomeMoney(): number {
    return this.#columns.outcomeMoney[this.#row] as number;
  }
  get chargeMoney(): number {
    return this.#columns.chargeMoney[this.#row] as number;
  }
  /** The text of one of these codes. */
  money(code: number): string {
    return this.#money.render(code);
  }

  /** What a replica's projection says; 0 when it does not have the order. */
  projectedStates(replica: string): StateSet {
    return (this.#projections.get(replica)?.states[this.#row] as number | undefined) ?? 0;
  }
  projectedMoney(replica: string): number {
    return (this.#projections.get(replica)?.money[this.#row] as number | undefined) ?? noMoney;
  }
}

type Columns = ReturnType<typeof createColumns>;
type ProjectionColumns = ReturnType<typeof createProjectionColumns>;

function createColumns(rows: number) {
  return {
    attempt: new Uint8Array(rows),
    sends: new Uint8Array(rows),
    storableSends: new Uint8Array(rows),
    index: new Uint32Array(rows),
    answeredPosition: new Float64Array(rows),
    attemptMoney: new Float64Array(rows),
    copies: new Uint16Array(rows),
    position: new Float64Array(rows),
    storedMoney: new Float64Array(rows),
    storedKey: new Uint32Array(rows),
    outcomes: new Uint16Array(rows),
    states: new Uint8Array(rows),
    outcomeMoney: new Float64Array(rows),
    outcomeContent: new Uint32Array(rows),
    deadLetters: new Uint8Array(rows),
    redrives: new Uint8Array(rows),
    discards: new Uint8Array(rows),
    charges: new Uint16Array(rows),
    declines: new Uint8Array(rows),
    chargeMoney: new Float64Array(rows),
    chargeKey: new Uint32Array(rows),
  };
}

function createProjectionColumns(rows: number) {
  return { states: new Uint8Array(rows), money: new Float64Array(rows) };
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function grown<C extends Readonly<Record<string, Column>>>(from: C, to: C): C {
  for (const [name, column] of Object.entries(from)) to[name]?.set(column);
  return to;
}

function mergeMoney(column: Float64Array, row: number, money: number): void {
  const before = column[row] as number;
  if (before === noMoney) column[row] = money;
  else if (before !== money) column[row] = mixedMoney;
}

/** Keeps 32 bits of a text's hash: two texts pass for one with a chance of 2^-32. */
function mergeFingerprint(column: Uint32Array, row: number, text: string): void {
  const fingerprint = Math.max(mixedFingerprint + 1, fnv1a(text, 0));
  const before = column[row] as number;
  if (before === noFingerprint) column[row] = fingerprint;
  else if (before !== fingerprint) column[row] = mixedFingerprint;
}
