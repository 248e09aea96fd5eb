import { formatCount } from '../../../verdict/report/table.ts';
import { type ArmName, baselineName } from '../arms.ts';
import type { ArmDescription, BenchResults, LossResult } from '../results.ts';
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
  const rowOf = ({ name, lacks = '' }: ArmDescription) => [
    lacks,
    // What the guarantee costs is the baseline beside the arm without it.
    formatRatio(
      boundOfRatio(isBounded(results, baselineName), isBounded(results, name)),
      compareArms(results, baselineName, name, capacity),
    ),
    formatDifference(differenceOfArms(results, baselineName, name, platformCpuAtCapacity), 'µs'),
    formatDifference(differenceOfArms(results, baselineName, name, keptAcceptanceMs('p99')), 'ms'),
    ...lossExperimentNames.map((experiment) => lost(name, experiment)),
  ];
  const without = arms.filter(({ lacks }) => lacks !== undefined);
  const hasAll = losses.some(({ arm }) => arm === baselineName);
  if (without.length === 0 && !hasAll) return undefined;
  const all = [
    ...['with every guarantee', none, none, none],
    ...lossExperimentNames.map((experiment) => lost(baselineName, experiment)),
  ];
  return {
    title: 'Durability price list',
    text: [
      "What a guarantee costs: the baseline's capacity divided by that of the arm that goes without it, and what an order of the baseline takes longer, in CPU time of the platform at capacity and at the p99 of acceptance. What it saves: the accepted orders that are in no stream after all brokers were killed at once, or lost their power and with it everything that was not synced, by the ledger of a run of that experiment without the guarantee.",
      ...(losses.length === 0 ? [] : [describeRuns(losses)]),
    ],
    table: {
      head: [
        ...['guarantee', 'capacity', 'CPU per order', 'p99'],
        ...lossExperimentNames.map((name) => `lost: ${lossExperiments[name]}`),
      ],
      aligns: 'lrrrrr',
      rows: [...(hasAll ? [all] : []), ...without.map(rowOf)],
    },
  };
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
