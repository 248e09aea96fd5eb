import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { stormReport } from '../report/fixtures/storm.ts';
import type { RunReport } from '../report/model.ts';
import type { Decision } from '../verdicts.ts';
import { compareReports } from './compare.ts';
import type { Comparison } from './model.ts';
import { renderComparison } from './render.ts';

const passed: Decision = { verdict: 'PASS', reasons: [] };
const calm: RunReport = (() => {
  const report = stormReport(passed);
  return { ...report, machine: { ...report.machine, loadAverageBefore: 0.2 } };
})();
const loadOf = ({ load }: RunReport) => {
  if (load === undefined) throw new Error('the fixture has a load');
  return load;
};

/** The same run, with all its latencies multiplied. */
function slower(report: RunReport, factor: number): RunReport {
  const load = loadOf(report);
  const { overall, timeline } = load.latency;
  const times = <T extends Readonly<Record<string, number>>>(final: T | undefined) =>
    final && { ...final, p50Us: (final.p50Us ?? 0) * factor, p99Us: (final.p99Us ?? 0) * factor };
  const slices = timeline?.slices.map((slice) => ({ ...slice, final: times(slice.final) })) ?? [];
  return {
    ...report,
    load: {
      ...load,
      latency: {
        ...load.latency,
        overall: { ...overall, final: times(overall.final) },
        timeline: { sliceUs: 1_000_000, slices },
      },
    },
  };
}

const figureOf = ({ groups }: Comparison, name: string) =>
  groups.flatMap(({ figures }) => figures).find((figure) => figure.name === name);
const judgementsOf = ({ groups }: Comparison) =>
  new Set(groups.flatMap(({ figures }) => figures.map(({ judgement }) => judgement)));

describe('two runs', () => {
  it('that are the same differ in nothing', () => {
    const comparison = compareReports({ a: calm, b: calm });
    expect(comparison.caveats).toEqual([]);
    const judgements = judgementsOf(comparison);
    for (const judgement of ['better', 'worse', 'changed'] as const)
      expect(judgements).not.toContain(judgement);
  });

  it('whose latency doubled say so', () => {
    const comparison = compareReports({ a: calm, b: slower(calm, 2) });
    expect(figureOf(comparison, 'overall, p50')).toMatchObject({ a: 4_210, b: 8_420, judgement: 'worse' });
    expect(figureOf(comparison, 'overall, p90')?.judgement).toBe('within noise');
  });

  it('are compared phase by phase, and a phase without slices cannot be', () => {
    const load = loadOf(calm);
    const phases = [
      {
        name: 'before',
        startedAtMs: calm.startedAtMs + 5_000,
        endedAtMs: calm.startedAtMs + 20_000,
        remark: '',
      },
    ];
    const a = { ...calm, phases, load };
    const comparison = compareReports({ a, b: slower(a, 3) });
    expect(figureOf(comparison, 'before, p50')?.judgement).toBe('worse');
    expect(figureOf(comparison, 'after, p50')?.judgement).toBe('unknown');
  });

  it('one of which lost orders: the worst there is, whatever the verdicts', () => {
    if (calm.ledger === undefined) throw new Error('the fixture has a ledger');
    const sound = { ...calm, ledger: { ...calm.ledger, findings: [] } };
    expect(figureOf(compareReports({ a: sound, b: calm }), 'lost')).toMatchObject({
      a: 0,
      b: 1,
      judgement: 'worse',
    });
    const unaudited = { ...calm, ledger: undefined };
    expect(figureOf(compareReports({ a: calm, b: unaudited }), 'lost')?.judgement).toBe('unknown');
  });

  it('cannot be told apart by a recovery that the next step overtook in one of them', () => {
    const recoveries = calm.recoveries?.map((recovery) => ({ ...recovery, recoveredAfterMs: undefined }));
    const overtaken = recoveries?.map((recovery) => ({ ...recovery, isOvertaken: true as const }));
    const judged = (list: typeof recoveries) =>
      figureOf(
        compareReports({ a: calm, b: { ...calm, recoveries: list ?? [] } }),
        'kill: as before, after healing',
      );
    expect(judged(recoveries)?.judgement).toBe('worse');
    expect(judged(overtaken)?.judgement).toBe('unknown');
  });

  it('say which reasons have gone and come, whatever figures are in them', () => {
    const because = (...codes: readonly string[]): Decision => ({
      verdict: 'FAIL',
      reasons: codes.map((code) => ({ verdict: 'FAIL', code, text: `${code}: ${Math.random()}` })),
    });
    const { reasons } = compareReports({
      a: { ...calm, decision: because('slo', 'drain') },
      b: { ...calm, decision: because('slo', 'lost') },
    });
    expect([reasons.gone.length, reasons.come.length]).toEqual([1, 1]);
    expect(reasons.come[0]).toMatch(/^lost/);
  });

  it('are told apart when they are not alike, or the machine had other work', () => {
    const load = loadOf(calm);
    const b = {
      ...calm,
      deviations: ['order runs elsewhere.ts'],
      load: { ...load, manifest: { ...load.manifest, rate: 2_000 } },
      machine: { ...calm.machine, loadAverageBefore: 1.6 },
    };
    const text = compareReports({ a: calm, b }).caveats.join('\n');
    expect(text).toContain('platform differs');
    expect(text).toContain('load differs: 1000/s for 60 s by recorder; then 2000/s for 60 s by recorder');
    expect(text).toContain('busy before');
  });

  it('cannot be told apart where the client kept no times', () => {
    const load = loadOf(calm);
    const { timeline: _timeline, ...latency } = load.latency;
    const comparison = compareReports({ a: calm, b: { ...calm, load: { ...load, latency } } });
    expect(figureOf(comparison, 'overall, p99')?.judgement).toBe('unknown');
  });
});

it('a comparison keeps to 100 columns, with the rule beside the figures', () => {
  const text = renderComparison(compareReports({ a: calm, b: slower(calm, 2) }), pc.createColors(false));
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(text).toMatch(/overall, p50\s+4\.21 ms\s+8\.42 ms\s+×2\.00\s+worse/);
  expect(text).toContain('changed when the middle halves');
  expect(text).toMatch(/0 better, \d+ worse, 0 changed, \d+ as before, \d+ unknown\n$/);
});
