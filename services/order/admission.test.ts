import { expect, it } from 'vitest';
import { createPatience, refusalOf, type Situation } from './admission.ts';

const limits = { streamFillMax: 0.95, projectionLagMax: 100 };
const calm: Situation = {
  missing: [],
  fills: new Map([['ORDERS', 0.95]]),
  projectionLag: 100,
};

const never = () => {
  throw new Error('nobody was refused');
};

it('takes orders at its limits', () => {
  expect(refusalOf(calm, limits, never)).toBeUndefined();
});

it.each([
  ['not-ready', { ...calm, missing: ['nats: disconnected'] }],
  [
    'stream-nearly-full',
    {
      ...calm,
      fills: new Map([
        ['ORDERS', 0.1],
        ['OUTCOMES', 0.951],
      ]),
    },
  ],
  ['projection-behind', { ...calm, projectionLag: 101 }],
])('refuses with %s beyond them, and says when to come back', (code, situation) => {
  expect(refusalOf(situation, limits, () => 10)).toMatchObject({
    status: 503,
    code,
    retryAfterSeconds: 10,
  });
});

it('asks those it refuses to come back later and later, until an order is stored', () => {
  let nowMs = 1_000_000;
  const patience = createPatience({ nowMs: () => nowMs });
  const secondsAfter = (ms: number) => {
    nowMs += ms;
    return patience.seconds();
  };
  expect([0, 3_999, 1, 8_000, 600_000].map(secondsAfter)).toEqual([1, 1, 2, 4, 10]);
  patience.stored();
  expect([60_000, 4_000].map(secondsAfter)).toEqual([1, 2]);
});

it('lets repeats come at most four times as often as new orders, for forty seconds', () => {
  let nowMs = 0;
  const patience = createPatience({ nowMs: () => nowMs });
  for (; nowMs <= 40_000; nowMs += 100) expect(nowMs / 1_000 / patience.seconds()).toBeLessThanOrEqual(4);
});
