import { expect, it } from 'vitest';
import { refusalOf, type Situation } from './admission.ts';

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
