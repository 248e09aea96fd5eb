import { expect, it } from 'vitest';
import { answerOf } from './answers.ts';

it.each([
  [201, 'accepted'],
  [400, 'rejected'],
  [422, 'rejected'],
  [401, 'rejected'],
  [429, 'rejected'],
  [503, 'refused'],
  [504, 'unknown'],
  [500, 'failed'],
] as const)('counts a %d as %s', (status, answer) => {
  expect(answerOf(status)).toBe(answer);
});
