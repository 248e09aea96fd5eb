import { expect, it } from 'vitest';
import { createAdmission, refusalOf, type Situation } from './admission.ts';

const limits = { streamFillMax: 0.95, projectionLagMax: 100 };
const calm: Situation = {
  missing: [],
  fills: new Map([['ORDERS', 0.95]]),
  projectionLag: 100,
  refusingForMs: 0,
};

it('takes orders at its limits', () => {
  expect(refusalOf(calm, limits)).toBeUndefined();
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
  expect(refusalOf(situation, limits)).toMatchObject({
    status: 503,
    code,
    retryAfterSeconds: expect.any(Number),
  });
});

it('asks those it refuses to come back later and later, until it takes orders again', () => {
  let nowMs = 0;
  let missing: readonly string[] = ['nats: disconnected'];
  const refusal = createAdmission({ limits, look: () => ({ ...calm, missing }), nowMs: () => nowMs });
  const asked = [0, 3_999, 4_000, 12_000, 600_000].map((at) => {
    nowMs = at;
    return refusal()?.retryAfterSeconds;
  });
  expect(asked).toEqual([1, 1, 2, 4, 10]);
  missing = [];
  expect(refusal()).toBeUndefined();
  missing = ['nats: disconnected'];
  expect(refusal()?.retryAfterSeconds).toBe(1);
});
