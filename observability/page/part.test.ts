import { expect, it } from 'vitest';
import { isStale, watch } from './part.ts';

it('asks no more often than it must, however many look', async () => {
  let nowMs = 0;
  let asked = 0;
  const watched = watch({ everyMs: 1_000, nowMs: () => nowMs, ask: async () => ++asked });
  await Promise.all([watched.refresh(), watched.refresh(), watched.refresh()]);
  await watched.refresh();
  expect(asked).toBe(1);
  nowMs = 1_000;
  await watched.refresh();
  expect(watched.part()).toEqual({ found: { value: 2, atMs: 1_000 } });
});

it('keeps what it knew, with its age, while nobody answers', async () => {
  let nowMs = 0;
  const watched = watch({
    everyMs: 1_000,
    nowMs: () => nowMs,
    ask: async () => {
      if (nowMs > 0) throw new Error('nobody is there');
      return 'known';
    },
  });
  await watched.refresh();
  expect(isStale(watched.part(), 30_000)).toBe(false);
  nowMs = 60_000;
  await watched.refresh();
  expect(watched.part()).toEqual({ found: { value: 'known', atMs: 0 }, failure: 'nobody is there' });
  expect(isStale(watched.part(), nowMs)).toBe(true);
  expect(isStale({}, nowMs)).toBe(false);
});
