import { expect, it } from 'vitest';
import { interleave } from './schedule.ts';

const arms = ['a', 'b', 'c', 'd', 'e', 'f'];
const roundsOf = (seed: number) => {
  const turns = interleave(arms, 4, seed);
  return [1, 2, 3, 4].map((round) => turns.filter((turn) => turn.round === round).map(({ arm }) => arm));
};

it('gives every arm its turn before any has its next', () => {
  expect(interleave(arms, 4, 7).map(({ round }) => round)).toEqual(
    [1, 2, 3, 4].flatMap((n) => arms.map(() => n)),
  );
  for (const round of roundsOf(7)) expect([...round].sort()).toEqual(arms);
});

it('gives them in another order in each round, which the seed decides', () => {
  const orders = new Set(roundsOf(7).map((round) => round.join('')));
  expect(orders.size).toBeGreaterThan(1);
  expect(roundsOf(7)).toEqual(roundsOf(7));
  expect(roundsOf(8)).not.toEqual(roundsOf(7));
});

it('has no turns without arms', () => {
  expect(interleave([], 3, 1)).toEqual([]);
});
