/**
 * What two runs differ in, told from what any two runs differ in. Each rule is stated beside the figures that it judges.
 *
 * - `better`, `worse`: differs by more than noise, in a direction that somebody cares about.
 * - `changed`: differs by more than noise, and is neither.
 * - `within noise`, `equal`.
 * - `unknown`: nobody can tell, since a run lacks what the rule needs.
 */
export type Judgement = 'better' | 'worse' | 'changed' | 'within noise' | 'equal' | 'unknown';

/** Which of two values is to be preferred. */
export type Preference = 'low' | 'high' | 'neither';

/** A pair of the same figure, of the first run and of the second. */
export type Pair<T> = { readonly a: T; readonly b: T };

const slicesMin = 7;
const medianShareMin = 0.05;
export const slicesRule = `changed when the middle halves of the runs' slices (first to third quartile) lie apart, and their medians by more than ${medianShareMin * 100} %; with fewer than ${slicesMin} slices nobody can tell. A stall of a few slices shows in the figures, and is no change by this rule`;

/**
 * What varies from slice to slice within a run varies as much between runs. Where slices are independent, chance alone sets
 * the middle halves of two like runs apart in at most 6 of 100 pairs (of nine slices each; simulated), of many ever less.
 */
export function judgeSlices({ a, b }: Pair<readonly number[]>, preference: Preference): Judgement {
  if (a.length < slicesMin || b.length < slicesMin) return 'unknown';
  const [ofA, ofB] = [quartilesOf(a), quartilesOf(b)];
  const areApart = ofA.third < ofB.first || ofB.third < ofA.first;
  const share = Math.abs(ofB.median - ofA.median) / Math.max(ofA.median, ofB.median);
  if (!areApart || share <= medianShareMin) return 'within noise';
  return direction({ a: ofA.median, b: ofB.median }, preference);
}

const sigmasMax = 3;
const bunchFactorMax = 2;
export const countsRule = `shares of the orders sent; within noise when chance makes the difference (${sigmasMax} standard deviations of two samples), or, where faults were injected, an overload was sent or requests carried several orders, when neither is more than ${bunchFactorMax} times the other: they come in bunches`;

export const bunchedRule = `shares of the requests sent; within noise when chance makes the difference (${sigmasMax} standard deviations of two samples), or when neither is more than ${bunchFactorMax} times the other: slow ones come in bunches`;

/**
 * Whether two counts, each out of so many, speak for one share.
 *
 * @param areBunched they come together (all orders of a second fail), and not one by one
 */
export function judgeCounts(
  { a, b }: Pair<{ readonly count: number; readonly of: number }>,
  preference: Preference,
  areBunched: boolean,
): Judgement {
  if (a.of === 0 || b.of === 0) return 'unknown';
  const shares = { a: a.count / a.of, b: b.count / b.of };
  if (shares.a === shares.b) return 'equal';
  const pooled = (a.count + b.count) / (a.of + b.of);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / a.of + 1 / b.of));
  const isChance = Math.abs(shares.a - shares.b) <= sigmasMax * deviation;
  const [less, more] = [Math.min(shares.a, shares.b), Math.max(shares.a, shares.b)];
  if (isChance || (areBunched && more <= bunchFactorMax * less)) return 'within noise';
  return direction(shares, preference);
}

const eventMsMax = 2_000;
const eventShareMax = 0.5;
export const eventsRule = `each happened once in a run: within noise up to ${eventMsMax / 1_000} s, since it is looked at once a second, or up to half of the longer, since elections draw their time`;

/** Times of single events, milliseconds; undefined for what was not seen to happen. */
export function judgeEvents({ a, b }: Pair<number | undefined>): Judgement {
  if (a === undefined && b === undefined) return 'unknown';
  if (a === undefined) return 'better';
  if (b === undefined) return 'worse';
  if (a === b) return 'equal';
  if (Math.abs(a - b) <= Math.max(eventMsMax, eventShareMax * Math.max(a, b))) return 'within noise';
  return direction({ a, b }, 'low');
}

export const kneeRule =
  'sought in steps: within noise when each is within a step of the other, since the one between them may fall to either side; unknown where a run did not deliver the step that decides';

/** A knee as its rate, and how far the next step is from it: the one below and the one above, in orders per second. */
export type FoundKnee = { readonly rate: number; readonly below: number; readonly above: number };

/** Knees, by their rates: steps of the same name may be of other rates. Undefined where it is not known. */
export function judgeKnees({ a, b }: Pair<FoundKnee | undefined>): Judgement {
  if (a === undefined || b === undefined) return 'unknown';
  if (a.rate === b.rate) return 'equal';
  const isNear = ({ below, above }: FoundKnee, { rate }: FoundKnee) => rate >= below && rate <= above;
  if (isNear(a, b) && isNear(b, a)) return 'within noise';
  return direction({ a: a.rate, b: b.rate }, 'high');
}

const costShareMax = 0.1;
export const costsRule = `one figure for a whole run: within noise up to ${costShareMax * 100} % of the larger`;

export function judgeCosts({ a, b }: Pair<number | undefined>): Judgement {
  if (a === undefined || b === undefined) return 'unknown';
  if (a === b) return 'equal';
  if (Math.abs(a - b) <= costShareMax * Math.max(a, b)) return 'within noise';
  return direction({ a, b }, 'low');
}

export const breachesRule = 'there is no noise: an order is lost, or it is not';

/** Counts of what must never happen. */
export function judgeBreaches({ a, b }: Pair<number>): Judgement {
  return a === b ? 'equal' : direction({ a, b }, 'low');
}

function direction({ a, b }: Pair<number>, preference: Preference): Judgement {
  if (preference === 'neither') return 'changed';
  return b < a === (preference === 'low') ? 'better' : 'worse';
}

/** Quartiles as the values at those places, or just outside of them: without interpolation. */
function quartilesOf(values: readonly number[]): {
  readonly first: number;
  readonly median: number;
  readonly third: number;
} {
  const sorted = values.toSorted((x, y) => x - y);
  const last = sorted.length - 1;
  const at = (place: number) => sorted[place] ?? 0;
  return {
    first: at(Math.floor(last / 4)),
    median: at(Math.round(last / 2)),
    third: at(Math.ceil((last * 3) / 4)),
  };
}
