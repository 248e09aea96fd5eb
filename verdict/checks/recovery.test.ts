import { describe, expect, test } from 'vitest';
import type { Course } from './course.ts';
import { courseOf, held, pulseOf, seriesOf, startedAtMs } from './fixtures/run.ts';
import { checkRecoveries } from './recovery.ts';

const bounds = { recoverMs: 10_000 };
type Held = (readonly [seconds: number, value: number])[];
const backlog = (...parts: Held) => seriesOf('backlog', 'payment-processor', held(...parts));
const breaker = (...parts: Held) => seriesOf('breaker', 'payment-0', held(...parts));
const calmBreaker = breaker([60, 0]);
const calmBacklog = backlog([60, 4]);

const down = { late: 25, failedSends: 25, failedAnswers: 25 };

function judge(changes: Partial<Course>, given: Parameters<typeof checkRecoveries>[1] = bounds) {
  const { recoveries, checks } = checkRecoveries(courseOf(changes), given);
  return { recovery: recoveries[0], checks: checks.map(({ check }) => check) };
}

describe('the time to recover', () => {
  test('is nothing where nobody noticed anything', () => {
    const { recovery, checks } = judge({});
    expect(recovery).toMatchObject({ recoveredAfterMs: 0, detectedAfterMs: undefined, signal: '' });
    expect(checks).toEqual([{ status: 'met' }]);
  });

  test('lasts until clients are served as before', () => {
    const pulse = pulseOf(40, [{ fromMs: 10_000, toMs: 24_000, beat: down }]);
    const { recovery, checks } = judge({ pulse });
    expect(recovery?.recoveredAfterMs).toBe(4_000);
    expect(checks).toEqual([{ status: 'met' }]);
  });

  test.each([
    ['answers are errors', { failedSends: 5 }],
    ['orders are late', { late: 25 }],
  ])('goes on while %s', (_what, beat) => {
    const pulse = pulseOf(40, [{ fromMs: 10_000, toMs: 23_000, beat }]);
    expect(judge({ pulse }).recovery?.recoveredAfterMs).toBe(3_000);
  });

  test('is not over in a lull in which nothing was sent', () => {
    const pulse = pulseOf(40, [{ fromMs: 20_000, toMs: 25_000, beat: { orders: 0, sends: 0 } }]);
    expect(judge({ pulse }).recovery?.recoveredAfterMs).toBeGreaterThan(3_000);
  });

  test('is told by the end of the load when that was all there was to see', () => {
    const loadEndedAtMs = startedAtMs + 21_000;
    expect(judge({ loadEndedAtMs, pulse: pulseOf(21) }).recovery?.recoveredAfterMs).toBe(0);
  });

  test('lasts until the backlog is gone, which may be after the load', () => {
    const series = [backlog([20, 4], [25, 900], [15, 30]), calmBreaker];
    expect(judge({ series }, { recoverMs: 30_000 }).recovery?.recoveredAfterMs).toBe(25_000);
  });

  test('is not over while the backlog comes back within two seconds', () => {
    const series = [backlog([20, 4], [3, 900], [2, 30], [5, 900], [30, 30]), calmBreaker];
    expect(judge({ series }).recovery?.recoveredAfterMs).toBe(10_000);
  });

  test('is told by the last look when the looks end with it', () => {
    const series = [backlog([20, 4], [3, 900], [1, 30]), calmBreaker];
    expect(judge({ series }).recovery?.recoveredAfterMs).toBe(3_000);
  });

  test('lasts until the breaker is closed', () => {
    const series = [calmBacklog, breaker([12, 0], [10, 2], [2, 1], [20, 0])];
    expect(judge({ series }).recovery?.recoveredAfterMs).toBe(4_000);
  });
});

describe('a recovery', () => {
  test('that took longer than it may is a violation', () => {
    const pulse = pulseOf(40, [{ fromMs: 10_000, toMs: 33_000, beat: down }]);
    expect(judge({ pulse }).checks).toEqual([{ status: 'not-met', detail: 'it took 13000 ms' }]);
  });

  test('that has not come when its time is over is a violation', () => {
    const pulse = pulseOf(40, [{ fromMs: 10_000, toMs: 40_000, beat: down }]);
    const { recovery, checks } = judge({ pulse });
    expect(recovery?.recoveredAfterMs).toBeUndefined();
    expect(checks[0]).toMatchObject({
      status: 'not-met',
      detail: expect.stringMatching(/^not after 20000 ms: clients/),
    });
  });

  test.each<[string, Partial<Course>, RegExp]>([
    [
      'the load ended too early to see it',
      {
        loadEndedAtMs: startedAtMs + 21_000,
        pulse: pulseOf(21, [{ fromMs: 10_000, toMs: 20_000, beat: down }]),
      },
      /longer than 1000 ms after healing: clients were not served as before/,
    ],
    [
      'the load had ended when it was healed',
      { loadEndedAtMs: startedAtMs + 18_000, pulse: pulseOf(18) },
      /nothing was sent any more/,
    ],
    ['there is no history', { pulse: undefined }, /there is no history/],
    ['nobody could see the backlog', { series: [calmBreaker] }, /nobody could see the backlog/],
    ['nobody could see the breaker', { series: [calmBacklog] }, /nobody could see the breaker/],
    ['the platform was not looked at after healing', { series: [backlog([15, 4]), calmBreaker] }, /not seen/],
    [
      'it was never healed',
      { spans: [{ step: 'kill', injectedAtMs: startedAtMs + 10_000, healedAtMs: undefined }] },
      /never healed/,
    ],
  ])('is not known when %s', (_what, changes, detail) => {
    expect(judge(changes).checks).toEqual([{ status: 'unknown', detail: expect.stringMatching(detail) }]);
  });

  test('that the next step cuts short is judged after that one', () => {
    const pulse = pulseOf(40, [{ fromMs: 10_000, toMs: 32_000, beat: down }]);
    const spans = [
      { step: 'kill', injectedAtMs: startedAtMs + 10_000, healedAtMs: startedAtMs + 20_000 },
      { step: 'stall', injectedAtMs: startedAtMs + 25_000, healedAtMs: startedAtMs + 30_000 },
    ];
    const { recoveries, checks } = checkRecoveries(courseOf({ pulse, spans }), bounds);
    expect(recoveries.map(({ recoveredAfterMs }) => recoveredAfterMs)).toEqual([undefined, 2_000]);
    expect(recoveries.map(({ isOvertaken }) => isOvertaken)).toEqual([true, undefined]);
    expect(checks.map(({ check }) => check.status)).toEqual(['not-applicable', 'met']);
  });
});

describe('what tells of a fault', () => {
  const given = { ...bounds, detectMs: 3_000 };
  const trouble = (beat: object) => ({ pulse: pulseOf(40, [{ fromMs: 11_000, toMs: 15_000, beat }]) });
  const beside = (...more: ReturnType<typeof seriesOf>[]) => ({
    series: [calmBacklog, calmBreaker, ...more],
  });

  test.each<[string, Partial<Course>, number]>([
    ['clients got answers other than 201', trouble({ failedAnswers: 9 }), 1_250],
    ['clients waited longer than 250 ms', trouble({ gotLate: 9 }), 1_250],
    ['nats-1 did not answer', beside(seriesOf('up', 'nats-1', held([12, 1], [3, 0], [40, 1]))), 3_000],
    ['the alert X fired', beside(seriesOf('alert', 'X', held([13, 0], [3, 1], [40, 0]))), 3_000],
    ['the breaker of payment-0 opened', { series: [calmBacklog, breaker([12, 0], [6, 2], [40, 0])] }, 2_000],
    [
      'the backlog of payment-processor grew',
      { series: [backlog([12, 4], [3, 99], [40, 4]), calmBreaker] },
      2_000,
    ],
  ])('%s', (signal, changes, detectedAfterMs) => {
    const { recovery, checks } = judge(changes, given);
    expect(recovery).toMatchObject({ signal, detectedAfterMs, detectBoundMs: 3_000 });
    expect(checks[0]).toEqual({ status: 'met' });
  });

  test('is the first of several', () => {
    const alert = seriesOf('alert', 'X', held([11, 0], [3, 1], [40, 0]));
    const { recovery } = judge({ ...trouble({ failedAnswers: 9 }), ...beside(alert) });
    expect(recovery?.signal).toBe('the alert X fired');
  });

  test('is not a single look that found no answer', () => {
    const up = seriesOf('up', 'nats-1', held([12, 1], [1, 0], [5, 1], [1, 0], [40, 1]));
    expect(judge(beside(up)).recovery?.signal).toBe('');
  });

  test('is not what was so before it', () => {
    const series = [calmBacklog, calmBreaker, seriesOf('alert', 'X', held([5, 0], [50, 1]))];
    const pulse = pulseOf(40, [{ fromMs: 5_000, toMs: 40_000, beat: { failedAnswers: 3 } }]);
    expect(judge({ series, pulse }).recovery?.signal).toBe('');
  });

  test('is a backlog beyond that of the ten seconds before, whatever was there earlier', () => {
    const spans = [{ step: 'kill', injectedAtMs: startedAtMs + 20_000, healedAtMs: startedAtMs + 30_000 }];
    const series = [backlog([5, 900], [16, 4], [5, 100], [40, 4]), calmBreaker];
    expect(judge({ series, spans }, given).recovery).toMatchObject({
      signal: 'the backlog of payment-processor grew',
      detectedAfterMs: 1_000,
    });
  });

  test('is not known when nobody looked', () => {
    const { checks } = judge({ series: [], pulse: undefined }, given);
    expect(checks[0]).toEqual({ status: 'unknown', detail: 'nobody could look' });
  });

  test('too late is a violation, and so is nothing where something must', () => {
    const late = judge({ pulse: pulseOf(40, [{ fromMs: 16_000, toMs: 18_000, beat: down }]) }, given);
    expect(late.checks[0]).toMatchObject({
      status: 'not-met',
      detail: expect.stringContaining('after 6250 ms'),
    });
    expect(judge({}, given).checks[0]).toEqual({ status: 'not-met', detail: 'nothing told of it' });
  });
});
