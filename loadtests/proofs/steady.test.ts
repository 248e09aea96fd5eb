import { expect, it } from 'vitest';
import { loadOf, startedAtMs } from './fixtures/runs.ts';
import type { SteadyFacts } from './steady.ts';
import { judgeSteady } from './steady.ts';

const memorySpan = { fromMs: startedAtMs, toMs: startedAtMs + 180_000 };
const flat = (bytes: number, perLook = 0) =>
  Array.from({ length: 90 }, (_, at) => ({ atMs: startedAtMs + at * 2_000, value: bytes + at * perLook }));

const well: SteadyFacts = {
  load: loadOf({ name: 'steady', orders: 10_000, accepted: 10_000, p99Ms: 31 }),
  settlementP99Ms: 80,
  cpuUsPerOrder: { 'order-0': 70, 'payment-0': 20, 'nats-0': 10 },
  memory: new Map([['order-0', flat(200e6)]]),
  ...{ memorySpan, memoryLimits: new Map([['order-0', 1e9]]) },
};

/** The checks that a change breaks, by the beginnings of their names. */
function broken(changes: Partial<SteadyFacts>): readonly string[] {
  return judgeSteady({ ...well, ...changes }, 'steady').flatMap(({ name, check }) => {
    return check.status === 'met' ? [] : [`${name.split(/[ ,]/, 3).join(' ')}: ${check.status}`];
  });
}

it('passes a load that keeps every bound', () => {
  expect(broken({})).toEqual([]);
});

it.each<[string, Partial<SteadyFacts>, string]>([
  [
    'orders that wait too long',
    { load: loadOf({ name: 'steady', orders: 10_000, accepted: 10_000, p99Ms: 50 }) },
    'p99 of acceptance: not-met',
  ],
  [
    'orders that are never accepted',
    { load: loadOf({ name: 'steady', orders: 10_000, accepted: 9_800, p99Ms: 10 }) },
    'p99 of acceptance: not-met',
  ],
  [
    'a phase that nobody sent',
    { load: loadOf({ name: 'warm-up', orders: 10_000, accepted: 10_000, p99Ms: 10 }) },
    'p99 of acceptance: unknown',
  ],
  ['slow settlement', { settlementP99Ms: 1_000 }, 'p99 of settlement: not-met'],
  ['outcomes that were not seen', { settlementP99Ms: undefined }, 'p99 of settlement: unknown'],
  ['a leak', { memory: new Map([['order-0', flat(200e6, 100e3)]]) }, 'memory of every: not-met'],
  ['too much memory', { memoryLimits: new Map([['order-0', 100e6]]) }, 'no service takes: not-met'],
  ['a hungry platform', { cpuUsPerOrder: { 'order-0': 141 } }, 'CPU of the: not-met'],
  ['CPU that nobody read', { cpuUsPerOrder: {} }, 'CPU of the: unknown'],
])('finds %s', (_, changes, expected) => {
  expect(broken(changes)).toEqual([expected]);
});
