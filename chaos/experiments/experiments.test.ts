import { describe, expect, test } from 'vitest';
import { edgeName, platform } from '../../topology/index.ts';
import { planExperiment, stepMs } from '../core/experiment.ts';
import { completeRequest, type FaultKind } from '../core/fault.ts';
import { serviceOf } from '../core/instance-name.ts';
import { faultKinds } from '../faults/index.ts';
import { experimentNamed, experiments } from './index.ts';
import { load } from './load.ts';
import { suites } from './suites.ts';

const kinds: Readonly<Record<string, FaultKind<never>>> = faultKinds;

describe.each(experiments)('$name', (plan) => {
  const experiment = planExperiment(plan);
  const requests = experiment.steps.flatMap((step) => step.faults);

  test('asks for faults that exist, with numbers in their ranges', () => {
    for (const { fault, request } of requests) {
      expect(() => completeRequest(kinds[fault] as FaultKind<never>, request as never)).not.toThrow();
    }
  });

  test('acts on what the platform has, where the fault can act', () => {
    for (const { fault, request } of requests) {
      const scope = kinds[fault]?.actsOn;
      if ('edge' in request) {
        const edge = platform.edges.find((candidate) => edgeName(candidate) === request.edge);
        expect(scope?.kind === 'edge' && edge && scope.protocols.includes(edge.protocol)).toBe(true);
      } else if (!('broker' in request)) {
        expect(scope?.kind).toBe('service');
      }
      if ('instance' in request && typeof request.instance === 'string') {
        const services = [
          'nats',
          'collector',
          'jaeger',
          'prometheus',
          ...platform.services.map(({ name }) => name),
        ];
        expect(services).toContain(serviceOf(request.instance));
      }
    }
  });

  test('has time for its steps, one after the other', () => {
    const loadMs = experiment.load.durationSeconds * 1_000;
    let endMs = 0;
    for (const step of experiment.steps) {
      const { at } = step;
      expect(at * loadMs).toBeGreaterThanOrEqual(endMs);
      endMs = at * loadMs + stepMs(step);
    }
    // What is left must show that clients are served as before.
    expect(loadMs - endMs).toBeGreaterThanOrEqual(6_000);
  });
});

test('a run ends early where clients must notice nothing, and half of their sends fail', () => {
  const unnoticed = experiments.filter(({ expects }) => expects?.failedAnswersPerOrderMax === 0);
  expect(unnoticed.length).toBeGreaterThan(0);
  const plans = [...unnoticed, experimentNamed('telemetry-down'), experimentNamed('telemetry-stuck')];
  for (const plan of plans) expect(planExperiment(plan).aborts.failedShareMax, plan.name).toBe(0.5);
  expect(planExperiment(experimentNamed('partition-majority')).aborts.failedShareMax).toBe(1);
});

test('names are unique, and an unknown one is told with those that are known', () => {
  const names = experiments.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(() => experimentNamed('strom')).toThrow(
    'there is no experiment "strom"; known: storm, leader-killed',
  );
});

test('settings that make no sense are refused together', () => {
  const settings = { latencyMs: 0, holdMs: 5, colour: 1 };
  expect(() => planExperiment(experimentNamed('provider-slow'), { settings })).toThrow(
    [
      'provider-slow cannot run so:',
      'colour: there is no such parameter; expected holdMs, latencyMs',
      'holdMs: found 5, expected 1000 to 600000 ms',
      'latencyMs: found 0, expected 1 to 1900 ms',
    ].join('\n'),
  );
});

test('every experiment is in a suite, and the quick one is quick', () => {
  const { quick = [], full = [], alerts = [] } = suites;
  const seconds = quick.reduce((sum, plan) => sum + plan.load.durationSeconds, 0);
  expect(seconds).toBeLessThan(120);
  expect(new Set([...full, ...alerts])).toEqual(new Set(experiments));
  expect(alerts.every((plan) => plan.alerts !== undefined)).toBe(true);
});

test('a load alone breaks nothing', () => {
  expect(planExperiment(load, { load: { rate: 5 } })).toMatchObject({
    load: { rate: 5, durationSeconds: 30 },
    steps: [],
  });
});
