import { expect, it } from 'vitest';
import { refusal } from './calibration.ts';

const seen = { dropped: 1_234, lateMsP99: 80, requestRate: 10_000 };

it('says what k6 can deliver, and how many orders a request must carry', () => {
  const text = refusal(10_000, 1, seen, 2_500);
  expect(text).toContain('k6 cannot deliver 10000 orders/s on this machine');
  expect(text).toContain('it dropped 1234');
  expect(text).toContain('It delivers 2500 orders/s with --orders-per-request 1.');
  expect(text).toContain('a lower --rate, --orders-per-request 5, --client recorder, or --no-calibration');
});

it('promises no help of batches where they are as large as can be', () => {
  const text = refusal(90_000, 100, { ...seen, dropped: 0, requestRate: 900 }, 20_000);
  expect(text).toContain('90000 orders/s in 900 requests/s');
  expect(text).toContain('it was up to 80 ms late (p99)');
  expect(text).not.toContain('--orders-per-request 4');
  expect(refusal(10, 1, seen, undefined)).toContain('the machine is busy');
});
