import { expect, it } from 'vitest';
import { parseExperimentFile, renderExperimentFile } from '../chaos/index.ts';
import { planLoadRun } from './load.ts';
import { planLoad, resizeLoad } from './load-plan.ts';

const defaults = { rate: 1_000, durationSeconds: 30 };

it('is one rate all the time without a shape', () => {
  expect(planLoad(undefined, {}, defaults)).toEqual(defaults);
  expect(planLoad(undefined, { rate: 5, for: 7 }, defaults)).toEqual({ rate: 5, durationSeconds: 7 });
});

it('makes a shape as high and as short as asked', () => {
  const plan = planLoad('black-friday', { rate: 500, scale: 0.1 }, defaults);
  expect(plan).toMatchObject({ rate: 500, durationSeconds: 17.5 });
  expect(plan.shape?.phases.map(({ endRate }) => endRate)).toEqual([100, 100, 500, 500, 100, 100]);
  expect(planLoad('ramp', { for: 25 }, defaults)).toMatchObject({ rate: 2_000, durationSeconds: 25 });
});

it('gives a retry storm its impatient clients', () => {
  expect(planLoad('retry-storm', {}, defaults).retry).toMatchObject({ retryAfterMsMax: 0 });
});

it.each([
  ['no such shape', 'black-monday', {}, /no shape "black-monday"; known: smoke, /],
  ['two durations', 'ramp', { for: 10, scale: 0.5 }, /--for and --scale/],
  ['a scale of nothing', undefined, { scale: 0.5 }, /--scale: only a shape/],
  ['batches by the recorder', 'ramp', { ordersPerRequest: 2 }, /expected --client k6/],
] as const)('refuses %s', (_what, name, choice, words) => {
  expect(() => planLoad(name, choice, defaults)).toThrow(words);
});

it('tolerates refusals of as many orders as are sent where nothing is promised', () => {
  const { name, tolerance } = planLoadRun('spike', { rate: 1_000, for: 65 });
  expect(name).toBe('load-spike');
  // 5 s of warm-up and 10 s of aftermath at 100/s, and 10 s at 1,000/s.
  expect(tolerance.unacceptedMax).toBe(11_500);
  expect(planLoadRun(undefined, {}).tolerance.unacceptedMax).toBe(0);
});

it('can be repeated from the file that a run leaves', () => {
  const experiment = planLoadRun('retry-storm', {
    rate: 77,
    scale: 0.013,
    ordersPerRequest: 7,
    client: 'k6',
  });
  expect(parseExperimentFile(renderExperimentFile(experiment), 'file', {})).toEqual(experiment);
});

it('is sent by the same client when it is repeated', () => {
  const { load } = planLoadRun('ramp', { client: 'k6', ordersPerRequest: 10 });
  expect(load).toMatchObject({ client: 'k6', ordersPerRequest: 10 });
  expect(resizeLoad(load, { rate: 5 })).toMatchObject({ client: 'k6', ordersPerRequest: 10 });
});

it('keeps its form when it is repeated higher or shorter', () => {
  const { load } = planLoadRun('retry-storm', { ordersPerRequest: 7, client: 'k6' });
  expect(resizeLoad(load, {})).toEqual(load);
  const small = resizeLoad(load, { rate: 150, for: 15 });
  expect(small).toMatchObject({
    ...{ rate: 150, durationSeconds: 15, ordersPerRequest: 7 },
    retry: { deadlineMs: 2_000 },
  });
  expect(small.shape?.phases.map(({ endRate }) => endRate)).toEqual([10, 10, 150, 10, 10]);
  const plain = { rate: 5, durationSeconds: 6, client: 'k6' } as const;
  expect(resizeLoad(plain, { rate: 7 })).toEqual({ ...plain, rate: 7 });
});
