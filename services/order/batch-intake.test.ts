import { expect, it } from 'vitest';
import { createIntake } from './batch-intake.ts';

it('takes no more bytes than it has room for, and has room again when they were read', () => {
  const intake = createIntake(10);
  const [first, second, third] = [{}, {}, {}];
  expect([intake.enter(first, 6), intake.enter(second, 5), intake.enter(third, 4)]).toEqual([
    true,
    false,
    true,
  ]);
  intake.leave(first);
  expect([intake.enter(second, 7), intake.enter(second, 6)]).toEqual([false, true]);
});

it('gives room back once, and none for what had none', () => {
  const intake = createIntake(10);
  const [first, second, third] = [{}, {}, {}];
  intake.enter(first, 10);
  intake.leave(second);
  expect(intake.enter(second, 1)).toBe(false);
  intake.leave(first);
  intake.leave(first);
  expect([intake.enter(second, 10), intake.enter(third, 1)]).toEqual([true, false]);
});
