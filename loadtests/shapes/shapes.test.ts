import { expect, it } from 'vitest';
import { peakRate, totalMs } from '../../verdict/load-shape.ts';
import { shapedRate } from '../recorder/schedule.ts';
import { scaleShape, shapeNamed, shapes } from './shapes.ts';

it.each(shapes)('$name goes on from phase to phase and can be had small and short', (shape) => {
  expect(shape.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(new Set(shape.phases.map(({ name }) => name)).size).toBe(shape.phases.length);
  const isLooking = shape.findsKnee === true || shape.phases.some(({ isJudged }) => isJudged);
  expect(isLooking).toBe(true);
  const small = scaleShape(shape, { rate: 100, seconds: 10 });
  expect(peakRate(small)).toBe(100);
  expect(Math.abs(totalMs(small) - 10_000)).toBeLessThanOrEqual(shape.phases.length);
  for (const { startRate, endRate, durationMs } of small.phases) {
    for (const number of [startRate, endRate, durationMs]) expect(number).toBe(Math.trunc(number));
    expect(durationMs).toBeGreaterThan(0);
  }
  expect(shapedRate(small.phases).planned).toBeGreaterThan(0);
});

it('rises to five times the normal rate within 30 s on Black Friday', () => {
  const shape = shapeNamed('black-friday');
  const rush = shape?.phases.find(({ name }) => name === 'rush');
  expect(rush).toMatchObject({ startRate: 2_000, endRate: 10_000, durationMs: 30_000 });
});

it('makes a tenth of a shape that is ten times shorter', () => {
  const shape = shapeNamed('black-friday');
  const short = shape && scaleShape(shape, { time: 0.1 });
  expect(short && totalMs(short)).toBe(17_500);
  expect(short && peakRate(short)).toBe(10_000);
});

it('has clients give up sooner in a shorter storm, and not before a second', () => {
  const storm = shapeNamed('retry-storm');
  const deadlineMs = (time: number) => storm && scaleShape(storm, { time }).retry?.deadlineMs;
  expect([2, 1, 0.5, 0.01].map(deadlineMs)).toEqual([10_000, 10_000, 5_000, 1_000]);
});

it('changes nothing that it is not asked to', () => {
  for (const shape of shapes) expect(scaleShape(shape, {})).toEqual(shape);
});
