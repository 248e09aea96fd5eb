import type { RunReport } from '../report/model.ts';
import { caveatsOf } from './caveats.ts';
import { compareLatency } from './latency.ts';
import { compareKnee, comparePromises } from './load-phases.ts';
import type { ComparedFigure, ComparedGroup, ComparedRun, Comparison } from './model.ts';
import {
  breachesRule,
  costsRule,
  countsRule,
  eventsRule,
  judgeBreaches,
  judgeCosts,
  judgeCounts,
  judgeEvents,
  type Pair,
  type Preference,
} from './noise.ts';
import { numbered } from './numbered.ts';

/** Compares two runs; pure. Groups without figures are left out. */
export function compareReports(runs: Pair<RunReport>): Comparison {
  const { a, b } = runs;
  const groups = [breaches, comparePromises, compareKnee, compareLatency, counts, recoveries, costs].map(
    (group) => group(runs),
  );
  return {
    a: headOf(a),
    b: headOf(b),
    caveats: caveatsOf(runs),
    reasons: { gone: onlyIn(a, b), come: onlyIn(b, a) },
    groups: groups.filter(({ figures }) => figures.length > 0),
  };
}

function headOf({ runId, kind, decision, startedAtMs }: RunReport): ComparedRun {
  return { runId, kind, verdict: decision.verdict, startedAtMs };
}

/** Reasons are told apart by their codes: their texts have figures in them. */
function onlyIn(run: RunReport, other: RunReport): readonly string[] {
  const codes = new Set(other.decision.reasons.map(({ code }) => code));
  return run.decision.reasons.filter(({ code }) => !codes.has(code)).map(({ text }) => text);
}

function breaches({ a, b }: Pair<RunReport>): ComparedGroup {
  const countIn = ({ ledger }: RunReport, invariant: string) =>
    ledger?.findings.find((finding) => finding.invariant === invariant)?.count ?? 0;
  const broken = [a, b].flatMap(({ ledger }) => ledger?.findings.map(({ invariant }) => invariant) ?? []);
  return {
    title: 'Invariants that do not hold, orders',
    rule: breachesRule,
    figures: [...new Set(broken)].map((invariant) => {
      const pair = { a: countIn(a, invariant), b: countIn(b, invariant) };
      // An audit that did not happen has found nothing, and shown nothing.
      const isAudited = a.ledger !== undefined && b.ledger !== undefined;
      return {
        name: invariant,
        unit: 'count',
        ...pair,
        judgement: isAudited ? judgeBreaches(pair) : 'unknown',
      };
    }),
  };
}

function counts(runs: Pair<RunReport>): ComparedGroup {
  const areBunched = [runs.a, runs.b].some(comeInBunches);
  const [ofA, ofB] = [countsOf(runs.a), countsOf(runs.b)];
  const names = [...new Set([...Object.keys(ofA.counts), ...Object.keys(ofB.counts)])];
  return {
    title: 'What became of orders',
    rule: countsRule,
    figures: names.map((name): ComparedFigure => {
      const pair = { a: ofA.counts[name] ?? 0, b: ofB.counts[name] ?? 0 };
      const judged = { a: { count: pair.a, of: ofA.attempted }, b: { count: pair.b, of: ofB.attempted } };
      return {
        ...{ name, unit: 'count', ...pair },
        judgement: judgeCounts(judged, preferences[name] ?? 'low', areBunched),
      };
    }),
  };
}

/** Where something is broken, more is asked than the platform takes, or several orders share a request, they share its fate as well. */
function comeInBunches({ faults, load }: RunReport): boolean {
  const { ordersPerRequest = 1 } = load?.manifest ?? {};
  // The first phase warms up.
  const isExcess = load?.phases?.slice(1).some(({ isJudged }) => !isJudged) ?? false;
  return faults.length > 0 || isExcess || ordersPerRequest > 1;
}

/** Others are the fewer the better. */
const preferences: Readonly<Record<string, Preference>> = {
  accepted: 'high',
  'answers 201': 'high',
  charged: 'high',
  declined: 'neither',
};

function countsOf({ load, ledger }: RunReport): {
  readonly attempted: number;
  readonly counts: Readonly<Record<string, number>>;
} {
  const { byStatus = {}, retriedOrders = 0 } = load?.latency.answers ?? {};
  const answers = Object.entries(byStatus).map(([status, count]) => [`answers ${status}`, count]);
  return {
    attempted: load?.manifest.finished?.attempted ?? 0,
    counts: {
      ...Object.fromEntries(answers),
      ...(load === undefined ? {} : { 'sent more than once': retriedOrders }),
      ...(ledger === undefined
        ? {}
        : {
            accepted: ledger.counts.accepted,
            unknown: ledger.counts.unknown,
            charged: ledger.counts.charged,
            declined: ledger.counts.declined,
            'dead-lettered': ledger.counts.deadLettered,
            'stored again': ledger.counts.copies - ledger.counts.stored,
          }),
    },
  };
}

function recoveries({ a, b }: Pair<RunReport>): ComparedGroup {
  const stepsOf = ({ recoveries: list = [] }: RunReport) =>
    new Map(numbered(list.map((recovery) => ({ ...recovery, name: recovery.step }))));
  const [ofA, ofB] = [stepsOf(a), stepsOf(b)];
  const figure = (name: string, pair: Pair<number | undefined>, isKnown: boolean): ComparedFigure => {
    const us = (ms: number | undefined) => (ms === undefined ? undefined : ms * 1_000);
    const judgement = isKnown ? judgeEvents(pair) : 'unknown';
    return { name, unit: 'us', a: us(pair.a), b: us(pair.b), judgement };
  };
  return {
    title: 'How it was got over',
    rule: eventsRule,
    // A step that only one run has is another experiment: a caveat, and no figure.
    figures: [...ofA].flatMap(([name, inA]) => {
      const inB = ofB.get(name);
      if (inB === undefined) return [];
      const noticed = { a: inA.detectedAfterMs, b: inB.detectedAfterMs };
      const recovered = { a: inA.recoveredAfterMs, b: inB.recoveredAfterMs };
      // What the next step overtook might have been over in no time.
      const isKnown = inA.isOvertaken !== true && inB.isOvertaken !== true;
      return [
        figure(`${name}: noticed after`, noticed, true),
        figure(`${name}: as before, after healing`, recovered, isKnown),
      ];
    }),
  };
}

function costs({ a, b }: Pair<RunReport>): ComparedGroup {
  const costOf = (run: RunReport, process: string) =>
    run.costs.find((cost) => cost.process === process)?.cpuUsPerOrder;
  const processes = [...new Set([...a.costs, ...b.costs].map(({ process }) => process))];
  return {
    title: 'CPU per accepted order',
    rule: costsRule,
    figures: processes.map((process): ComparedFigure => {
      const pair = { a: costOf(a, process), b: costOf(b, process) };
      return { name: process, unit: 'us per order', ...pair, judgement: judgeCosts(pair) };
    }),
  };
}
