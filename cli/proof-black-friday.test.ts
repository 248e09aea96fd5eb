import { expect, it } from 'vitest';
import { storm } from '../chaos/index.ts';
import type { Condition, ReportLoad, ReportLoadPhase } from '../verdict/index.ts';
import { planLoad } from './load-plan.ts';
import { judgePhases, killAtPeak } from './proof-black-friday.ts';

it('kills leader and payment at the peak, early enough to see what comes after it', () => {
  const load = planLoad('black-friday', { client: 'k6', ordersPerRequest: 10, rate: 10_000 }, storm.load);
  const { steps, bounds } = killAtPeak(load);
  expect(steps.map(({ faults }) => faults.map(({ fault }) => fault))).toEqual([['kill', 'kill']]);
  expect(bounds.recoverMs).toBe(15_000);
  const [step] = steps;
  const atSeconds = (step?.at ?? 0) * load.durationSeconds;
  // Warm-up, normal and rush take 55 s, the peak a minute.
  expect(atSeconds).toBeCloseTo(70, 5);
});

const phase = (name: string, withinShare: number, promises: Condition): ReportLoadPhase => ({
  ...{ name, startRate: 100, endRate: 100, isJudged: true, fromUs: 0, toUs: 1, planned: 1_000 },
  ...{ attempted: 1_000, accepted: 1_000, withinMs: 50, withinShare, acceptedShare: 1, promises },
});
const loadWith = (...phases: readonly ReportLoadPhase[]) => ({ load: { phases } as unknown as ReportLoad });
const met = { status: 'met' } as const;

it('holds every phase to the promises', () => {
  const kept = judgePhases(loadWith(phase('rush', 0.998, met), phase('peak', 0.993, met)));
  expect(kept).toMatchObject({ check: met, found: 'at worst 99.30 % within 50 ms, 100.00 % 201 (peak)' });
  const broken = { status: 'not-met', detail: 'only 97 %' } as const;
  const short = { status: 'unknown', detail: 'too few' } as const;
  const judge = (...phases: readonly ReportLoadPhase[]) => judgePhases(loadWith(...phases)).check;
  expect(judge(phase('rush', 0.99, short), phase('peak', 0.97, broken))).toBe(broken);
  expect(judge(phase('rush', 0.99, short), phase('peak', 0.999, met))).toBe(short);
  expect(judge().status).toBe('unknown');
});
