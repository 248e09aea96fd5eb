import type { LatencySummary } from '../latency.ts';
import type { RunReport } from '../report/model.ts';
import type { Slice } from '../timeline.ts';
import type { Verdict } from '../verdicts.ts';
import { caveatsOf } from './caveats.ts';
import {
  breachesRule,
  costsRule,
  countsRule,
  eventsRule,
  type Judgement,
  judgeBreaches,
  judgeCosts,
  judgeCounts,
  judgeEvents,
  judgeSlices,
  type Pair,
  type Preference,
  slicesRule,
} from './noise.ts';

/** What changed from one run to another, as plain data. */
export type Comparison = Pair<ComparedRun> & {
  /** Why the runs, or the machine under them, are not alike: a difference may come from that. */
  readonly caveats: readonly string[];
  /** Reasons of the verdicts that only one of the runs has. */
  readonly reasons: { readonly gone: readonly string[]; readonly come: readonly string[] };
  readonly groups: readonly ComparedGroup[];
};

export type ComparedRun = {
  readonly runId: string;
  readonly kind: string;
  readonly verdict: Verdict;
  readonly startedAtMs: number;
};

/** Figures that one rule judges. */
export type ComparedGroup = {
  readonly title: string;
  readonly rule: string;
  readonly figures: readonly ComparedFigure[];
};

export type ComparedFigure = Pair<number | undefined> & {
  readonly name: string;
  readonly unit: 'us' | 'count' | 'us per order';
  readonly judgement: Judgement;
};

/** Compares two runs; pure. Figures that both runs lack are left out. */
export function compareReports(runs: Pair<RunReport>): Comparison {
  const { a, b } = runs;
  const groups = [breaches, latency, counts, recoveries, costs].map((group) => group(runs));
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

const percentiles = ['p50', 'p90', 'p99'] as const;

/** Overall and by phase; phases of the same name are paired in their order. */
function latency({ a, b }: Pair<RunReport>): ComparedGroup {
  const [ofA, ofB] = [windowsOf(a), windowsOf(b)];
  const names = [...new Set([...ofA.keys(), ...ofB.keys()])];
  return {
    title: 'Latency to the 201, from the intended time',
    rule: slicesRule,
    figures: names.flatMap((name) =>
      percentiles.map((percentile): ComparedFigure => {
        const [inA, inB] = [ofA.get(name), ofB.get(name)];
        const slices = { a: sliceValues(inA, percentile), b: sliceValues(inB, percentile) };
        return {
          ...{ name: `${name}, ${percentile}`, unit: 'us', judgement: judgeSlices(slices, 'low') },
          ...{ a: inA?.summary.final?.[`${percentile}Us`], b: inB?.summary.final?.[`${percentile}Us`] },
        };
      }),
    ),
  };
}

type Window = { readonly summary: LatencySummary; readonly slices: readonly Slice[] };

function windowsOf({ load, phases }: RunReport): ReadonlyMap<string, Window> {
  const windows = new Map<string, Window>();
  if (load === undefined) return windows;
  const { overall, windows: summaries, timeline } = load.latency;
  const slices = timeline?.slices ?? [];
  windows.set('overall', { summary: overall, slices });
  for (const [name, summary] of numbered(summaries)) {
    const phase = new Map(numbered(phases)).get(name);
    const us = (atMs: number) => (atMs - load.manifest.startedAtMs) * 1_000;
    const within = slices.filter(
      ({ fromUs }) =>
        phase !== undefined &&
        fromUs >= us(phase.startedAtMs) &&
        fromUs + (timeline?.sliceUs ?? 0) <= us(phase.endedAtMs),
    );
    windows.set(name, { summary, slices: within });
  }
  return windows;
}

/** With `#2` behind the second of a name, and so on. */
function numbered<T extends { readonly name: string }>(
  list: readonly T[],
): readonly (readonly [name: string, one: T])[] {
  const seen = new Map<string, number>();
  return list.map((one) => {
    const times = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, times);
    return [times === 1 ? one.name : `${one.name} #${times}`, one];
  });
}

function sliceValues(
  window: Window | undefined,
  percentile: (typeof percentiles)[number],
): readonly number[] {
  return (window?.slices ?? []).flatMap(({ final }) =>
    final === undefined ? [] : [final[`${percentile}Us`]],
  );
}

function counts(runs: Pair<RunReport>): ComparedGroup {
  const areBunched = [runs.a, runs.b].some(({ faults }) => faults.length > 0);
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
  const figure = (name: string, pair: Pair<number | undefined>): ComparedFigure => {
    const us = (ms: number | undefined) => (ms === undefined ? undefined : ms * 1_000);
    return { name, unit: 'us', a: us(pair.a), b: us(pair.b), judgement: judgeEvents(pair) };
  };
  return {
    title: 'How it was got over',
    rule: eventsRule,
    // A step that only one run has is another experiment: a caveat, and no figure.
    figures: [...ofA].flatMap(([name, inA]) => {
      const inB = ofB.get(name);
      if (inB === undefined) return [];
      return [
        figure(`${name}: noticed after`, { a: inA.detectedAfterMs, b: inB.detectedAfterMs }),
        figure(`${name}: as before, after healing`, { a: inA.recoveredAfterMs, b: inB.recoveredAfterMs }),
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
