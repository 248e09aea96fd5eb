import { expect, it } from 'vitest';
import { createPatience } from './patience.ts';

it('asks those it refuses to come back later and later, until an order is stored', () => {
  let nowMs = 1_000_000;
  const patience = createPatience({ nowMs: () => nowMs });
  const secondsAfter = (ms: number) => {
    nowMs += ms;
    return patience.seconds();
  };
  expect([0, 3_999, 1, 8_000, 600_000].map(secondsAfter)).toEqual([1, 1, 2, 4, 10]);
  patience.stored(1);
  expect([60_000, 4_000].map(secondsAfter)).toEqual([1, 2]);
});

it('lets repeats come at most four times as often as new orders, for forty seconds', () => {
  let nowMs = 0;
  const patience = createPatience({ nowMs: () => nowMs });
  for (; nowMs <= 40_000; nowMs += 100) expect(nowMs / 1_000 / patience.seconds()).toBeLessThanOrEqual(4);
});

/** What is asked of the refused in each of some seconds, in which so many orders are stored and so many refused. */
function askedIn(
  seconds: readonly { readonly stored: number; readonly refused: number }[],
): readonly number[] {
  let nowMs = 0;
  const patience = createPatience({ nowMs: () => nowMs });
  return seconds.map(({ stored, refused }) => {
    if (stored > 0) patience.stored(stored);
    let asked = 0;
    for (let order = 0; order < refused; order++) {
      nowMs += 999 / refused;
      asked = patience.seconds();
    }
    nowMs += 1_000 - (nowMs % 1_000);
    return asked;
  });
}

it('asks for more patience, the more are refused for each that is stored', () => {
  const steady = (stored: number, refused: number) => askedIn(Array(3).fill({ stored, refused })).at(-1);
  expect([steady(1_000, 100), steady(1_000, 500), steady(1_000, 1_000), steady(10, 1_000)]).toEqual([
    1, 3, 5, 10,
  ]);
});

it('remembers a crowd over a second in which nothing is stored', () => {
  const crowd = { stored: 100, refused: 900 };
  expect(askedIn([crowd, crowd, { stored: 0, refused: 900 }, { stored: 0, refused: 900 }]).slice(1)).toEqual([
    10, 10, 10,
  ]);
});

it('counts the orders of a request that is refused as a whole', () => {
  let nowMs = 0;
  const patience = createPatience({ nowMs: () => nowMs });
  patience.stored(1_000);
  expect(patience.seconds(9_000)).toBe(1);
  nowMs = 1_000;
  expect(patience.seconds(500)).toBe(10);
});

it('forgets a crowd that has gone', () => {
  expect(
    askedIn([
      { stored: 100, refused: 100 },
      { stored: 100, refused: 100 },
      { stored: 100, refused: 1 },
      { stored: 100, refused: 1 },
    ]),
  ).toEqual([1, 5, 5, 1]);
});
