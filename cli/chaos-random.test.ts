import { expect, test } from 'vitest';
import { parseSeeds, refuseOverlap } from './chaos-random.ts';

test('seeds are one, several or a range, each once', () => {
  expect(parseSeeds('7')).toEqual([7]);
  expect(parseSeeds('3-5, 9,4')).toEqual([3, 4, 5, 9]);
});

test.each(['', 'x', '5-3', '1-', '1-99999999', '4294967296'])('%j names no seeds', (text) => {
  expect(() => parseSeeds(text)).toThrow('such as 7 or 7,11 or 1-50');
});

test('a load is not shorter than what the steps of a schedule are drawn for', () => {
  expect(() => refuseOverlap(24)).toThrow('--for: found 24; expected at least 48');
  for (const seconds of [48, 90, undefined]) expect(() => refuseOverlap(seconds)).not.toThrow();
});
