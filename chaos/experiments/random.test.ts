import fc from 'fast-check';
import { expect, test } from 'vitest';
import { platform } from '../../topology/index.ts';
import { defaultBlastRadius, passedLimits } from '../core/blast-radius.ts';
import { planExperiment } from '../core/experiment.ts';
import { completeRequest, type FaultKind } from '../core/fault.ts';
import { faultKinds } from '../faults/index.ts';
import { random } from './random.ts';

const kinds: Readonly<Record<string, FaultKind<never>>> = faultKinds;
const planned = (schedule: number, steps = 4) => planExperiment(random, { settings: { schedule, steps } });

test('the same seed gives the same schedule, another one another', () => {
  expect(planned(7)).toEqual(planned(7));
  const different = new Set(Array.from({ length: 50 }, (_, seed) => JSON.stringify(planned(seed).steps)));
  expect(different.size).toBe(50);
});

test('whatever is drawn can be injected, reaches no further than it may, and has time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 1, max: 8 }),
      (schedule, count) => {
        const { steps, load } = planned(schedule, count);
        expect(steps).toHaveLength(count);
        let endMs = 0;
        for (const { at, faults, holdMs } of steps) {
          const startMs = at * load.durationSeconds * 1_000;
          expect(startMs).toBeGreaterThanOrEqual(endMs);
          endMs = startMs + holdMs;
          for (const { fault, request } of faults)
            completeRequest(kinds[fault] as FaultKind<never>, request as never);
          const disabled = faults.flatMap(({ request }) =>
            'instance' in request ? [typeof request.instance === 'string' ? request.instance : 'nats-0'] : [],
          );
          expect(passedLimits(defaultBlastRadius(platform), disabled)).toEqual([]);
        }
        expect(endMs).toBeLessThan(load.durationSeconds * 1_000);
      },
    ),
  );
});
