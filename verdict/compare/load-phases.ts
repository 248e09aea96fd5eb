import type { ReportLoadPhase, RunReport } from '../report/model.ts';
import type { ComparedFigure, ComparedGroup } from './model.ts';
import { bunchedRule, type FoundKnee, judgeCounts, judgeKnees, kneeRule, type Pair } from './noise.ts';

/**
 * How the phases of a load kept what is promised to customers, as counts of orders that make or break it. A short phase has too
 * few slices for its percentiles to be judged; these can be.
 */
export function comparePromises({ a, b }: Pair<RunReport>): ComparedGroup {
  const [ofA, ofB] = [phasesOf(a), phasesOf(b)];
  const names = [...new Set([...ofA.keys(), ...ofB.keys()])];
  return {
    title: 'What is promised, by phase of the load: orders',
    rule: bunchedRule,
    figures: names.flatMap((name): ComparedFigure[] => {
      const [inA, inB] = [ofA.get(name), ofB.get(name)];
      if (inA === undefined || inB === undefined) return [];
      const figure = (
        what: string,
        countIn: (phase: ReportLoadPhase) => number | undefined,
      ): ComparedFigure => {
        const pair = { a: countIn(inA), b: countIn(inB) };
        const counts = {
          a: requests(pair.a, inA, a),
          b: requests(pair.b, inB, b),
        };
        return {
          name: `${name}, ${what}`,
          unit: 'count',
          ...pair,
          judgement: judgeCounts(counts, 'low', true),
        };
      };
      return [
        figure(
          `slower than ${inA.withinMs} ms or never accepted`,
          ({ attempted, accepted, withinShare = 0 }) =>
            attempted === 0 ? undefined : attempted - Math.round(withinShare * accepted),
        ),
        figure('not sent', ({ planned, attempted }) => (attempted === 0 ? undefined : planned - attempted)),
      ].filter((one) => one.a !== 0 || one.b !== 0);
    }),
  };
}

/** The orders of a request share its fate: chance draws requests. */
function requests(orders: number | undefined, { attempted }: ReportLoadPhase, { load }: RunReport) {
  const { ordersPerRequest = 1 } = load?.manifest ?? {};
  return {
    count: (orders ?? 0) / ordersPerRequest,
    of: orders === undefined ? 0 : attempted / ordersPerRequest,
  };
}

function phasesOf({ load }: RunReport): ReadonlyMap<string, ReportLoadPhase> {
  return new Map(load?.phases?.map((phase) => [phase.name, phase]));
}

/** The highest rate that kept the promises, where both runs sought it. */
export function compareKnee({ a, b }: Pair<RunReport>): ComparedGroup {
  const [inA, inB] = [a.load?.knee, b.load?.knee];
  const judgement = judgeKnees({ a: foundIn(a), b: foundIn(b) });
  const figure = {
    name: 'the knee, orders/s',
    unit: 'count',
    a: inA?.rate,
    b: inB?.rate,
    judgement,
  } as const;
  return {
    title: 'How much the platform takes',
    rule: kneeRule,
    figures: inA === undefined || inB === undefined ? [] : [figure],
  };
}

/** The knee of a run that delivered the step above it, which broke the promises; 0 where not even the lowest step kept them. */
function foundIn({ load }: RunReport): FoundKnee | undefined {
  const { knee, phases = [] } = load ?? {};
  if (knee?.above?.status !== 'not-met') return undefined;
  const rates = phases.slice(1).map(({ startRate, endRate }) => Math.max(startRate, endRate));
  const rate = knee.rate ?? 0;
  const below = rates.filter((other) => other < rate).at(-1) ?? 0;
  return { rate, below, above: rates.find((other) => other > rate) ?? rate };
}
