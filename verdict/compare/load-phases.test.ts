import { describe, expect, it } from 'vitest';
import { shapedReport } from '../report/fixtures/storm.ts';
import type { ReportLoad, ReportLoadPhase, RunReport } from '../report/model.ts';
import { compareReports } from './compare.ts';
import type { Comparison } from './model.ts';

const report = shapedReport({ verdict: 'PASS', reasons: [] });

function change(what: (load: ReportLoad) => Partial<ReportLoad>): RunReport {
  const load = report.load as ReportLoad;
  return { ...report, load: { ...load, ...what(load) } };
}

const withPhase = (name: string, more: Partial<ReportLoadPhase>) =>
  change(({ phases = [] }) => ({
    phases: phases.map((one) => (one.name === name ? { ...one, ...more } : one)),
  }));

const judgementOf = ({ groups }: Comparison, name: string) =>
  groups.flatMap(({ figures }) => figures).find((figure) => figure.name === name)?.judgement;

describe('two runs of a shape', () => {
  it('differ in nothing when they are the same', () => {
    const { caveats, groups } = compareReports({ a: report, b: report });
    expect(caveats.filter((caveat) => caveat.includes('differs'))).toEqual([]);
    const judgements = groups.flatMap(({ figures }) => figures.map(({ judgement }) => judgement));
    expect(judgements.filter((one) => one === 'better' || one === 'worse' || one === 'changed')).toEqual([]);
  });

  it('say in which phase more orders were slow', () => {
    const slow = compareReports({ a: report, b: withPhase('rush', { withinShare: 0.95 }) });
    expect(judgementOf(slow, 'rush, slower than 50 ms or never accepted')).toBe('worse');
    expect(judgementOf(slow, 'peak, slower than 50 ms or never accepted')).toBe('equal');
  });

  it('call noise what comes in one bunch more', () => {
    const other = compareReports({ a: report, b: withPhase('peak', { withinShare: 0.97 }) });
    expect(judgementOf(other, 'peak, slower than 50 ms or never accepted')).toBe('within noise');
  });

  it('say nothing of a phase that one of them did not send', () => {
    const { groups } = compareReports({ a: report, b: report });
    const names = groups.flatMap(({ figures }) => figures.map(({ name }) => name));
    expect(names.filter((name) => name.startsWith('recovery, slower'))).toHaveLength(1);
    const other = compareReports({
      a: report,
      b: withPhase('recovery', { attempted: 15_000, accepted: 15_000, withinShare: 1 }),
    });
    expect(judgementOf(other, 'recovery, slower than 50 ms or never accepted')).toBe('unknown');
  });

  it('are told to have other phases, though the peak is the same', () => {
    const other = change(({ manifest }) => ({
      manifest: {
        ...manifest,
        ...(manifest.shape && {
          shape: {
            ...manifest.shape,
            phases: manifest.shape.phases.map((one) => ({ ...one, startRate: 1 })),
          },
        }),
      },
    }));
    expect(compareReports({ a: report, b: other }).caveats).toContainEqual(
      expect.stringMatching(/^load differs/),
    );
  });

  it('have knees that differ when more than a step lies between them', () => {
    const knee = (step: string | undefined) =>
      change(() => ({ knee: { step, rate: step === undefined ? undefined : 1, above: undefined } }));
    const judged = (a: string | undefined, b: string | undefined) =>
      judgementOf(compareReports({ a: knee(a), b: knee(b) }), 'the knee, orders/s');
    expect(judged('rush', 'rush')).toBe('equal');
    expect(judged('rush', 'peak')).toBe('within noise');
    expect(judged('rush', 'recovery')).toBe('better');
    expect(judged('rush', undefined)).toBe('worse');
    expect(judged(undefined, undefined)).toBe('unknown');
  });
});
