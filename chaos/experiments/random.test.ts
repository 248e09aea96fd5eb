import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { edgeName, platform } from '../../topology/index.ts';
import { planExperiment } from '../core/experiment.ts';
import { completeRequest, type FaultKind, type FaultRequest } from '../core/fault.ts';
import { serviceOf } from '../core/instance-name.ts';
import { faultKinds } from '../faults/index.ts';
import { random, randomOf } from './random.ts';

const kinds: Readonly<Record<string, FaultKind<never>>> = faultKinds;
const planned = (schedule: number, steps = 4) => planExperiment(random, { settings: { schedule, steps } });
const manySeeds = Array.from({ length: 500 }, (_, seed) => seed);

/** The services, backends and edges that a fault breaks. */
function brokenBy({ request }: FaultRequest): readonly string[] {
  if ('edge' in request) return [request.edge];
  if ('service' in request) return [request.service];
  if ('instance' in request && typeof request.instance === 'string') return [serviceOf(request.instance)];
  if ('groups' in request) return ['redelivery'];
  if ('instance' in request || 'broker' in request || 'stream' in request) return ['nats'];
  return ['provider profile'];
}

test('the same seed gives the same schedule, another one another', () => {
  expect(randomOf(7)).toEqual(randomOf(7));
  const different = new Set(manySeeds.map((seed) => JSON.stringify(planned(seed).steps)));
  expect(different.size).toBe(manySeeds.length);
});

test('a provider that is drawn to be slow is slower than a busy machine, and answers before its callers give up', () => {
  const drawn = manySeeds.flatMap((seed) => planned(seed).steps.flatMap(({ faults }) => faults));
  const latencies = drawn.flatMap(({ fault, request }) =>
    fault === 'provider-slow' && 'latencyMs' in request ? [request.latencyMs] : [],
  );
  expect(latencies.length).toBeGreaterThan(0);
  expect(Math.min(...latencies)).toBeGreaterThanOrEqual(700);
  expect(Math.max(...latencies)).toBeLessThanOrEqual(1_000);
});

test('whatever is drawn can be injected and has time', () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 8 }), (schedule, count) => {
      const { steps, load } = planned(schedule, count);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.length).toBeLessThanOrEqual(count);
      let endMs = 0;
      for (const { at, faults, holdMs } of steps) {
        const startMs = at * load.durationSeconds * 1_000;
        expect(startMs).toBeGreaterThanOrEqual(endMs);
        endMs = startMs + holdMs;
        for (const { fault, request } of faults)
          completeRequest(kinds[fault] as FaultKind<never>, request as never);
      }
      expect(endMs).toBeLessThan(load.durationSeconds * 1_000);
    }),
  );
});

describe('faults of one step', () => {
  const steps = manySeeds.flatMap((seed) => planned(seed).steps);

  test('are one, two or three', () => {
    expect(new Set(steps.map(({ faults }) => faults.length))).toEqual(new Set([1, 2, 3]));
  });

  test('never break one thing twice, and so never two brokers', () => {
    for (const { faults } of steps) {
      const broken = faults.flatMap(brokenBy);
      expect(new Set(broken).size, JSON.stringify(faults)).toBe(broken.length);
    }
  });

  test('never disturb an edge whose ends are not there', () => {
    for (const { faults } of steps) {
      const broken = faults.filter(({ fault }) => /kill|pause|start/.test(fault)).flatMap(brokenBy);
      for (const { request } of faults) {
        const edge =
          'edge' in request ? platform.edges.find((one) => edgeName(one) === request.edge) : undefined;
        expect([edge?.from, edge?.to].filter((end) => end && broken.includes(end))).toEqual([]);
      }
    }
  });
});

test('what is proven by charges is drawn only where they flow: not soon after the provider was cut off', () => {
  const loadMs = random.load.durationSeconds * 1_000;
  for (const seed of manySeeds) {
    let cutOffUntilMs = Number.NEGATIVE_INFINITY;
    for (const { at, faults, holdMs } of planned(seed).steps) {
      const isCutOff = faults.some(
        ({ fault, request }) => 'edge' in request && request.edge === 'payment-psp' && fault === 'stall',
      );
      const needsCharges = faults.some(({ fault }) => /provider-(errors|declines)/.test(fault));
      if (needsCharges) expect(isCutOff || at * loadMs < cutOffUntilMs + 15_000).toBe(false);
      if (isCutOff) cutOffUntilMs = at * loadMs + holdMs;
    }
  }
});

test('every edge and every service is broken by some seed', () => {
  const broken = new Set(
    manySeeds.flatMap((seed) => planned(seed).steps.flatMap(({ faults }) => faults.flatMap(brokenBy))),
  );
  const expected = [
    ...platform.edges.filter(({ protocol }) => protocol !== 'nats-route').map(edgeName),
    ...['nats', 'order', 'payment', 'psp', 'collector', 'jaeger', 'prometheus'],
    ...['provider profile', 'redelivery'],
  ];
  expect([...broken].sort()).toEqual(expected.sort());
});
