import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Calendar } from './calendar.ts';

it('gives everything once, not before its time, and in order', () => {
  const items = fc.array(fc.record({ dueMs: fc.double({ min: 0, max: 500, noNaN: true }) }));
  fc.assert(
    fc.property(items, fc.array(fc.integer({ min: 0, max: 100 })), (all, steps) => {
      const calendar = new Calendar<{ dueMs: number }>(0);
      for (const item of all) calendar.add(item.dueMs, item);
      const taken: { dueMs: number }[] = [];
      let nowMs = 0;
      for (const step of [...steps, 1_000]) {
        nowMs += step;
        const due = calendar.takeDue(nowMs);
        for (const { dueMs } of due) expect(dueMs).toBeLessThanOrEqual(nowMs);
        taken.push(...due);
      }
      expect(taken.map(({ dueMs }) => Math.ceil(dueMs))).toEqual(
        all.map(({ dueMs }) => Math.ceil(dueMs)).sort((a, b) => a - b),
      );
      expect(calendar.takeAll()).toEqual([]);
    }),
  );
});

it('gives what was due in the past at the next turn', () => {
  const calendar = new Calendar<string>(1_000);
  calendar.takeDue(2_000);
  calendar.add(1_500, 'late');
  expect(calendar.takeDue(2_001)).toEqual(['late']);
});

it('hands everything over at once when asked to', () => {
  const calendar = new Calendar<string>(0);
  calendar.add(10, 'a');
  calendar.add(20, 'b');
  expect(calendar.takeAll()).toEqual(['a', 'b']);
  expect(calendar.takeDue(100)).toEqual([]);
});
