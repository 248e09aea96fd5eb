import { expect, it } from 'vitest';
import { isBusyElsewhere, loadBetween, parseMachine } from './machine-load.ts';

it('reads what all cores did, stolen time apart from busy time', () => {
  const text = 'cpu  1000 100 500 90000 700 10 20 40 0 0\ncpu0 500 50 250 45000 350 5 10 20 0 0\nintr 1\n';
  expect(parseMachine(text)).toEqual({ busySeconds: 16.3, stolenSeconds: 0.4 });
});

it.each(['', 'cpu  1 2 3\n'])('refuses %j, which does not tell', (text) => {
  expect(() => parseMachine(text)).toThrow('/proc/stat');
});

it('leaves over what our processes did not use', () => {
  const load = loadBetween(
    { busySeconds: 100, stolenSeconds: 1 },
    { busySeconds: 112, stolenSeconds: 2 },
    { cpuUs: 7e6, seconds: 10 },
  );
  expect(load.unattributedCores).toBeCloseTo(0.5);
  expect(load.stolenCores).toBeCloseTo(0.1);
  expect([isBusyElsewhere(load, 2), isBusyElsewhere({ unattributedCores: 0.2, stolenCores: 0 }, 2)]).toEqual([
    true,
    false,
  ]);
  expect(isBusyElsewhere({ unattributedCores: 0, stolenCores: 0.1 }, 2)).toBe(true);
});
