import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ddmin } from './shrink-ddmin.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Asks a predicate, and counts. */
function asking(fails: (subset: readonly number[]) => boolean) {
  const asked: (readonly number[])[] = [];
  return {
    asked,
    ask: async (subset: readonly number[]) => {
      asked.push(subset);
      return fails(subset) ? ('fails' as const) : ('passes' as const);
    },
  };
}

test('finds the only culprit of eight in halves', async () => {
  const { ask, asked } = asking((subset) => subset.includes(5));
  expect(await ddmin(numbered(8), ask)).toEqual({ items: [5], isMinimal: true });
  expect(asked.length).toBeLessThanOrEqual(6);
});

test('keeps two culprits that are far apart, in their order', async () => {
  const { ask } = asking((subset) => subset.includes(1) && subset.includes(6));
  expect(await ddmin(numbered(8), ask)).toEqual({ items: [1, 6], isMinimal: true });
});

test('asks nothing about a single item', async () => {
  const { ask, asked } = asking(() => true);
  expect(await ddmin([0], ask)).toEqual({ items: [0], isMinimal: true });
  expect(asked).toEqual([]);
});

test('stopped, it tells the smallest set that is known to fail', async () => {
  let tries = 0;
  const shrunk = await ddmin(numbered(8), async (subset) => {
    if (++tries > 2) return 'stop';
    return subset.includes(5) ? 'fails' : 'passes';
  });
  expect(shrunk).toEqual({ items: [4, 5, 6, 7], isMinimal: false });
});

test('exactly what is needed is left, whatever it is, and no set is asked about twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .integer({ min: 1, max: 20 })
        .chain((count) => fc.tuple(fc.constant(count), fc.subarray(numbered(count), { minLength: 1 }))),
      async ([count, needed]) => {
        const { ask, asked } = asking((subset) => needed.every((item) => subset.includes(item)));
        expect(await ddmin(numbered(count), ask)).toEqual({ items: needed, isMinimal: true });
        expect(new Set(asked.map((subset) => subset.join(' '))).size).toBe(asked.length);
        expect(asked.length).toBeLessThanOrEqual(count ** 2 + 3 * count);
      },
    ),
  );
});

test('where faults hide each other, the result fails, and does not without any one of its items', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 10 }), fc.integer(), async (count, salt) => {
      const all = numbered(count);
      // Any predicate at all, as long as the whole set fails.
      const fails = (subset: readonly number[]) =>
        subset.length === count ||
        (subset.length > 0 &&
          Math.imul(
            subset.reduce((sum, item) => sum * 31 + item + 1, salt),
            2654435761,
          ) %
            3 ===
            0);
      const { items, isMinimal } = await ddmin(all, asking(fails).ask);
      expect(isMinimal && fails(items)).toBe(true);
      if (items.length > 1) {
        for (const item of items) expect(fails(items.filter((other) => other !== item))).toBe(false);
      }
    }),
  );
});
