import { expect, it } from 'vitest';
import { createApplier } from './applier.ts';
import type { Batch } from './projection.ts';
import type { OrderRow } from './wire.ts';

const batch = (position: number, rows: number): Batch => ({
  stream: 'orders',
  position,
  rows: Array.from({ length: rows }, () => ({}) as OrderRow),
});

/** For tests in which nobody asks how long things take. */
const unmeasured = { onApplied: () => {}, now: () => 0 };

it('applies everything in the order in which it came, a few rows a turn', async () => {
  const turns: number[][] = [];
  const done = Promise.withResolvers<void>();
  const applier = createApplier({
    ...unmeasured,
    rowsPerTurn: 4,
    rowsWaitingMax: 1_000,
    apply: (batches) => {
      turns.push(batches.map(({ position }) => position));
      if (batches.at(-1)?.position === 5) done.resolve();
      return true;
    },
    onError: done.reject,
  });
  for (const position of [1, 2, 3, 4, 5]) await applier.add(batch(position, 2));
  await done.promise;
  expect(turns).toEqual([[1, 2], [3, 4], [5]]);
});

it('gives no room beyond its bound until something was applied', async () => {
  let applied = 0;
  const applier = createApplier({
    ...unmeasured,
    rowsPerTurn: 10,
    rowsWaitingMax: 10,
    apply: (batches) => {
      applied += batches.length;
      return true;
    },
    onError: () => {},
  });
  await applier.add(batch(1, 9));
  expect(applied).toBe(0);
  await applier.add(batch(2, 9));
  expect(applied).toBeGreaterThan(0);
});

it('lets nobody wait for room when applying fails or ends', async () => {
  const failed = Promise.withResolvers<unknown>();
  const failing = createApplier({
    ...unmeasured,
    rowsPerTurn: 1,
    rowsWaitingMax: 1,
    apply: () => {
      throw new Error('the disk is full');
    },
    onError: failed.resolve,
  });
  await failing.add(batch(1, 5));
  expect(await failed.promise).toMatchObject({ message: 'the disk is full' });

  const stopped = createApplier({
    ...unmeasured,
    rowsPerTurn: 1,
    rowsWaitingMax: 1,
    apply: () => true,
    onError: () => {},
  });
  const waiting = stopped.add(batch(1, 5));
  stopped.stop();
  await waiting;
});

it('tells how long after it was due a change was made', async () => {
  let nowMs = 1_000;
  const waited: number[] = [];
  const done = Promise.withResolvers<void>();
  const applier = createApplier({
    rowsPerTurn: 1,
    rowsWaitingMax: 10,
    apply: () => {
      nowMs += 7;
      return nowMs > 1_120;
    },
    onError: done.reject,
    onApplied: (ms) => {
      if (waited.push(ms) === 2) done.resolve();
    },
    now: () => nowMs,
  });
  void applier.add(batch(1, 1));
  void applier.add(batch(2, 1));
  // Due in 20 ms; begun after 100, and refused twice because others hold the lock.
  nowMs += 100;
  await done.promise;
  expect(waited).toEqual([101, 7]);
});
