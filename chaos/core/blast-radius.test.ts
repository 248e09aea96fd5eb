import { expect, test } from 'vitest';
import { platform } from '../../topology/index.ts';
import { defaultBlastRadius, passedLimits } from './blast-radius.ts';

test('by default one instance of each service may be disabled, and never a majority of the brokers', () => {
  const limits = defaultBlastRadius(platform);
  expect(passedLimits(limits, ['payment-0', 'order-1', 'nats-2'])).toEqual([]);
  expect(passedLimits(limits, ['payment-0', 'payment-0'])).toEqual([]);
  expect(passedLimits(limits, ['payment-0', 'payment-1', 'nats-0', 'nats-2'])).toEqual([
    '2 of payment (payment-0, payment-1), at most 1',
    '2 of nats (nats-0, nats-2), at most 1',
  ]);
});

test.each([
  [1, 0],
  [2, 0],
  [3, 1],
  [5, 2],
])('of %i brokers a majority is left without %i', (replicas, brokersMax) => {
  const brokers = { ...platform.brokers, replicas };
  expect(defaultBlastRadius({ brokers })).toMatchObject({ brokersMax });
});
