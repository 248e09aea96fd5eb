import { formatCount } from '../../../verdict/report/table.ts';
import { type ArmName, baselineName } from '../arms.ts';
import type { BenchResults, LossResult } from '../results.ts';
import type { Section } from './document.ts';
import {
  boundOfRatio,
  capacity,
  compareArms,
  differenceOfArms,
  isBounded,
  keptAcceptanceMs,
  platformCpuAtCapacity,
} from './figures.ts';
import { formatDifference, formatRatio, none } from './numbers.ts';

/** The faults of the price list, by the experiment that brings each about. */
export const lossExperiments = {
  'brokers-all-killed': 'all brokers killed',
  'power-lost-on-all': 'power lost on all brokers',
} as const;
export type LossExperiment = keyof typeof lossExperiments;
export const lossExperimentNames = Object.keys(lossExperiments) as readonly LossExperiment[];

/**
 * What each guarantee costs, beside what is lost without it.
 * @returns undefined when the run has neither
 */
export function priceList(results: BenchResults): Section | undefined {
  const { arms, losses } = results;
  const lost = (arm: ArmName, experiment: LossExperiment) =>
    describeLoss(losses.find((loss) => loss.arm === arm && loss.experiment === experiment));
  // What a guarantee costs is the arm that has it beside the one that has not.
  const rowOf = (guarantee: string, having: ArmName, without: ArmName) => [
    guarantee,
    formatRatio(
      boundOfRatio(isBounded(results, having), isBounded(results, without)),
      compareArms(results, having, without, capacity),
    ),
    formatDifference(differenceOfArms(results, having, without, platformCpuAtCapacity), 'µs'),
    formatDifference(differenceOfArms(results, having, without, keptAcceptanceMs('p99')), 'ms'),
    ...lossExperimentNames.map((experiment) => lost(without, experiment)),
  ];
  const rows = arms.flatMap(({ name, lacks, adds }) => [
    ...(lacks === undefined ? [] : [rowOf(lacks, baselineName, name)]),
    ...(adds === undefined ? [] : [withoutLosses(rowOf(adds, name, baselineName))]),
  ]);
  const hasAll = losses.some(({ arm }) => arm === baselineName);
  if (rows.length === 0 && !hasAll) return undefined;
  const all = [
    ...['with every guarantee', none, none, none],
    ...lossExperimentNames.map((experiment) => lost(baselineName, experiment)),
  ];
  return {
    title: 'Price list of durability and security',
    text: [
      'What a guarantee costs: the capacity with it divided by that without, and what an order takes longer with it, in CPU time of the platform at capacity and at the p99 of acceptance. What it saves: the accepted orders that are in no stream after all brokers were killed at once, or lost their power and with it everything that was not synced, by the ledger of a run of that experiment without the guarantee. TLS saves none: what it keeps is that nobody between the machines reads orders, or adds some.',
      ...(losses.length === 0 ? [] : [describeRuns(losses)]),
    ],
    table: {
      head: [
        ...['guarantee', 'capacity', 'CPU per order', 'p99'],
        ...lossExperimentNames.map((name) => `lost: ${lossExperiments[name]}`),
      ],
      aligns: 'lrrrrr',
      rows: [...(hasAll ? [all] : []), ...rows],
    },
  };
}

/** A row of what is no matter of lost orders. */
function withoutLosses(row: readonly string[]): string[] {
  return [...row.slice(0, -lossExperimentNames.length), ...lossExperimentNames.map(() => none)];
}

/** With how many orders a second losses were counted, for how long and how often. */
function describeRuns(losses: readonly LossResult[]): string {
  const rates = [
    ...new Set(losses.map(({ rate, seconds }) => `${formatCount(rate)} orders/s for ${seconds} s`)),
  ];
  return `Losses were counted at ${rates.join(', ')}, each once (n = 1): they say that orders are lost, and of what order, not how many there will be. At a higher rate more are in flight when the fault comes.`;
}

/** `582 of 6,000`, and what else became of orders; the verdict where nothing could be counted. */
export function describeLoss(loss: LossResult | undefined): string {
  if (loss === undefined) return none;
  const { counts, verdict } = loss;
  if (counts === undefined) return verdict;
  const { accepted, lost, unsettled, chargedWithoutOrder } = counts;
  const further = [
    ...(unsettled > 0 ? [`${formatCount(unsettled)} never settled`] : []),
    ...(chargedWithoutOrder > 0 ? [`${formatCount(chargedWithoutOrder)} charged all the same`] : []),
    // A count stands for itself only where it explains the verdict.
    ...(verdict === 'PASS' || (verdict === 'FAIL' && lost + unsettled > 0) ? [] : [verdict]),
  ];
  const text = `${formatCount(lost)} of ${formatCount(accepted)}`;
  return further.length === 0 ? text : `${text} (${further.join(', ')})`;
}
