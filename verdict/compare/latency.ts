import type { LatencySummary } from '../latency.ts';
import type { RunReport } from '../report/model.ts';
import type { Slice } from '../timeline.ts';
import type { ComparedFigure, ComparedGroup } from './model.ts';
import { judgeSlices, type Pair, slicesRule } from './noise.ts';
import { numbered } from './numbered.ts';

const percentiles = ['p50', 'p90', 'p99'] as const;

/** Overall and by phase; phases of the same name are paired in their order. */
export function compareLatency({ a, b }: Pair<RunReport>): ComparedGroup {
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
  const us = (atMs: number) => (atMs - load.manifest.startedAtMs) * 1_000;
  const spans = new Map([
    ...numbered(phases).map(
      ([name, { startedAtMs, endedAtMs }]) =>
        [name, { fromUs: us(startedAtMs), toUs: us(endedAtMs) }] as const,
    ),
    ...(load.phases ?? []).map(({ name, fromUs, toUs }) => [name, { fromUs, toUs }] as const),
  ]);
  for (const [name, summary] of numbered(summaries)) {
    const span = spans.get(name);
    const within = slices.filter(
      ({ fromUs }) =>
        span !== undefined && fromUs >= span.fromUs && fromUs + (timeline?.sliceUs ?? 0) <= span.toUs,
    );
    windows.set(name, { summary, slices: within });
  }
  return windows;
}

function sliceValues(
  window: Window | undefined,
  percentile: (typeof percentiles)[number],
): readonly number[] {
  return (window?.slices ?? []).flatMap(({ final }) =>
    final === undefined ? [] : [final[`${percentile}Us`]],
  );
}
