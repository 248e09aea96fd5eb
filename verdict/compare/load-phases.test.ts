import { describe, expect, it } from 'vitest';
import { shapedReport } from '../report/fixtures/storm.ts';
import type { ReportKnee, ReportLoad, ReportLoadPhase, RunReport } from '../report/model.ts';
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

  describe('with knees', () => {
    const broken = { status: 'not-met', detail: 'too slow' } as const;
    /** Steps of so many orders a second each, of which the first `kept` keep the promises. */
    const knee = (height: number, kept: number, above: ReportKnee['above'] = broken) =>
      change(({ phases: [one] = [] }) => ({
        phases: [0, 1, 2, 3, 4, 5].map((at) => ({
          ...(one as ReportLoadPhase),
          ...{ name: `step ${at}`, startRate: at * height, endRate: at * height },
        })),
        knee: {
          ...{ step: kept === 0 ? undefined : `step ${kept}`, above },
          rate: kept === 0 ? undefined : kept * height,
        },
      }));
    const judged = (a: RunReport, b: RunReport) =>
      judgementOf(compareReports({ a, b }), 'the knee, orders/s');

    it('differ when more than a step lies between them', () => {
      expect(judged(knee(100, 2), knee(100, 2))).toBe('equal');
      expect(judged(knee(100, 2), knee(100, 3))).toBe('within noise');
      expect(judged(knee(100, 2), knee(100, 4))).toBe('better');
      expect(judged(knee(100, 2), knee(100, 0))).toBe('worse');
    });

    it('go by the rates of steps, and not by their names', () => {
      expect(judged(knee(100, 2), knee(500, 2))).toBe('better');
      expect(judged(knee(100, 4), knee(200, 2))).toBe('equal');
    });

    it('say nothing where the step above was not delivered, or there is none', () => {
      expect(judged(knee(100, 2), knee(100, 4, { status: 'unknown', detail: 'not sent' }))).toBe('unknown');
      const last = change(() => ({ knee: { step: 'step 5', rate: 500, above: undefined } }));
      expect(judged(knee(100, 2), last)).toBe('unknown');
    });
  });

  it('have counts that come in bunches where requests carry several orders', () => {
    const counted = (retriedOrders: number, ordersPerRequest: number) =>
      change(({ manifest, latency }) => ({
        manifest: { ...manifest, ordersPerRequest },
        phases: [],
        latency: { ...latency, answers: { ...latency.answers, retriedOrders } },
      }));
    const judged = (ordersPerRequest: number) => {
      const pair = { a: counted(1_000, ordersPerRequest), b: counted(1_600, ordersPerRequest) };
      return judgementOf(compareReports(pair), 'sent more than once');
    };
    expect([judged(1), judged(10)]).toEqual(['worse', 'within noise']);
  });
});
