import { expect, test } from 'vitest';
import { parseProgress } from './run.ts';

test.each([
  ['running (01.0s), 004/100 VUs, 300 complete and 0 interrupted iterations', 1_000, 300, 0],
  ['running (1m02.5s), 000/100 VUs, 9 complete and 2 interrupted iterations', 62_500, 9, 2],
  ['running (1h00m01.0s), 000/100 VUs, 9 complete and 2 interrupted iterations', 3_601_000, 9, 2],
])('%s', (line, elapsedMs, completed, interrupted) => {
  expect(parseProgress(line)).toEqual({ elapsedMs, completed, interrupted });
});

test('other lines tell of no progress', () => {
  expect(parseProgress('steady   [  10% ] 4/100 VUs  01.0s/10s  300.00 iters/s')).toBeUndefined();
});
