import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitLine, judgeGrowth, judgePeak, type Points } from './memory.ts';

const mib = 2 ** 20;
const minute = 60_000;
const span = { fromMs: 0, toMs: 3 * minute };

/** Three minutes, a look every two seconds; garbage comes and goes. */
function memoryOf(startBytes: number, perMinute: number, garbageBytes = 0): Points {
  return Array.from({ length: 91 }, (_, at) => {
    const atMs = at * 2_000;
    const garbage = ((at % 7) / 6) * garbageBytes;
    return { atMs, value: startBytes * (1 + (perMinute * atMs) / minute) + garbage };
  });
}

it('finds any straight line', () => {
  const whole = fc.integer({ min: -1_000, max: 1_000 });
  fc.assert(
    fc.property(whole, whole, (start, perMinute) => {
      const points = [0, 1, 2, 5].map((at) => ({ atMs: at * minute, value: start + perMinute * at }));
      const line = fitLine(points);
      expect(line?.perMinute).toBeCloseTo(perMinute, 6);
      expect(line?.start).toBeCloseTo(start, 6);
    }),
  );
  expect(fitLine([{ atMs: 5, value: 1 }])).toBeUndefined();
  expect(fitLine([])).toBeUndefined();
});

it('lets garbage come and go, and finds growth beneath it', () => {
  const flat = new Map([['order-0', memoryOf(200 * mib, 0.002, 40 * mib)]]);
  expect(judgeGrowth(flat, span, 0.01).check).toEqual({ status: 'met' });
  const leaking = new Map([...flat, ['payment-0', memoryOf(100 * mib, 0.02, 20 * mib)]]);
  const { check, found } = judgeGrowth(leaking, span, 0.01);
  expect(check).toEqual({ status: 'not-met', detail: expect.stringMatching(/^payment-0 [12]\.\d+ %\/min$/) });
  expect(found).toContain('payment-0');
});

it('says nothing of a process that it hardly saw', () => {
  const seen = memoryOf(200 * mib, 0);
  const late = new Map([
    ['order-0', seen],
    ['jaeger-0', seen.slice(-5)],
  ]);
  const detail = 'hardly seen: jaeger-0';
  expect(judgeGrowth(late, span, 0.01).check).toEqual({ status: 'unknown', detail });
  expect(judgeGrowth(new Map(), span, 0.01).check.status).toBe('unknown');
  expect(judgeGrowth(late, { fromMs: 10 * minute, toMs: 13 * minute }, 0.01).check.status).toBe('unknown');
});

it('holds services to the memory that they are given', () => {
  const memory = new Map([['order-0', memoryOf(500 * mib, 0.1)]]);
  expect(judgePeak(memory, new Map([['order-0', 1_024 * mib]])).check).toEqual({ status: 'met' });
  const beyond = judgePeak(memory, new Map([['order-0', 512 * mib]]));
  expect(beyond).toMatchObject({
    check: { status: 'not-met', detail: 'order-0 650 of 512 MiB' },
    restsOnSpeed: false,
  });
  expect(judgePeak(memory, new Map([['payment-0', mib]])).check.status).toBe('unknown');
});
