import { expect, it } from 'vitest';
import { isDefiniteStatus, outcomeOf } from './outcome.ts';

it.each([201, 400, 404, 409, 413, 415, 422, 429, 503])('takes %i as settled', (status) => {
  expect(isDefiniteStatus(status)).toBe(true);
});

it.each([0, 200, 202, 302, 500, 502, 504, 599])('takes %i as open', (status) => {
  expect(isDefiniteStatus(status)).toBe(false);
});

const refusal = { status: 503, isDefinite: true };
const silence = { status: 0, isDefinite: false };
const stored = { status: 201, isDefinite: true };

it.each([
  ['accepted', [stored]],
  ['accepted', [silence, refusal, stored]],
  ['refused', [refusal, { status: 422, isDefinite: true }]],
  ['refused', [{ status: 0, isDefinite: true }]],
  ['unknown', [silence]],
  ['unknown', [refusal, silence, refusal]],
  [
    'unknown',
    [
      { status: 504, isDefinite: false },
      { status: 422, isDefinite: true },
    ],
  ],
] as const)('is %s after %o', (outcome, answers) => {
  expect(outcomeOf(answers)).toBe(outcome);
});
