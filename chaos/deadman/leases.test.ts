import { expect, test } from 'vitest';
import { createLeases } from './leases.ts';

test('a lease lapses once, unless it is renewed or released', () => {
  const leases = createLeases();
  for (const injection of ['1-kill', '2-stall', '3-pause']) leases.hold(injection, 100);
  leases.hold('2-stall', 200);
  leases.release('3-pause');
  expect(leases.takeLapsed(99)).toEqual([]);
  expect(leases.takeLapsed(100)).toEqual(['1-kill']);
  expect(leases.takeLapsed(150)).toEqual([]);
  expect(leases.takeLapsed(250)).toEqual(['2-stall']);
});

test('a runner that comes back to life may vouch again', () => {
  const leases = createLeases();
  leases.hold('1-kill', 100);
  leases.takeLapsed(100);
  leases.hold('1-kill', 300);
  expect(leases.takeLapsed(300)).toEqual(['1-kill']);
});
