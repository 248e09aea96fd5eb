import { expect, test } from 'vitest';
import type { Decision } from '../../verdict/index.ts';
import { experimentNamed } from '../experiments/index.ts';
import { randomOf } from '../experiments/random.ts';
import { type Experiment, planExperiment } from './experiment.ts';
import { type ShrinkTry, shrinkExperiment } from './shrink.ts';

const experiment = planExperiment(experimentNamed('provider-bad-line'));
const allFaults = ['latency', 'jitter', 'slicer', 'bandwidth'];
const faultsOf = ({ steps }: Pick<Experiment, 'steps'>) =>
  steps.flatMap(({ faults }) => faults.map(({ fault }) => fault));

const passed: Decision = { verdict: 'PASS', reasons: [] };
const failed = (...codes: readonly string[]): Decision => ({
  verdict: 'FAIL',
  reasons: codes.map((code) => ({ verdict: 'FAIL', code, text: code })),
});

/** Shrinks an experiment of a platform whose runs end as a function of their faults says. */
async function shrink(
  decide: (faults: readonly string[], tries: number) => Decision,
  given: {
    readonly reason?: { readonly code: string; readonly text: string };
    readonly triesMax?: number;
  } = {},
) {
  const tried: ShrinkTry[] = [];
  const result = await shrinkExperiment({
    experiment,
    reason: given.reason,
    run: async (reduced) => decide(faultsOf(reduced), tried.length),
    mayGoOn: () => tried.length < (given.triesMax ?? 100),
    onTry: (one) => tried.push(one),
  });
  return { result, tried };
}

test('two faults of different steps that fail together are found, and keep their moments', async () => {
  const { result } = await shrink((faults) =>
    faults.includes('latency') && faults.includes('slicer') ? failed('lost') : passed,
  );
  expect(result).toMatchObject({ isReproduced: true, code: 'lost', isMinimal: true });
  if (!result.isReproduced) return;
  const { load, steps } = result.experiment;
  const momentsOf = (one: Pick<Experiment, 'load' | 'steps'>) =>
    one.steps.map(({ at }) => Math.round(at * one.load.durationSeconds * 1_000));
  const [first, , third, last] = momentsOf(experiment);
  expect(momentsOf({ load, steps })).toEqual([first, third]);
  // As long after the last step as before, in whole seconds.
  const restMs = experiment.load.durationSeconds * 1_000 - (last ?? 0);
  expect(load.durationSeconds).toBe(Math.ceil(((third ?? 0) + restMs) / 1_000));
});

test('a failure for another reason is not the one that is looked for', async () => {
  const { result } = await shrink((faults) => {
    if (faults.length === allFaults.length) return failed('lost', 'slo');
    return faults.includes('jitter') ? failed('lost') : failed('slo');
  });
  expect(result.isReproduced && faultsOf(result.experiment)).toEqual(['jitter']);
});

test('a bug that shows every other time is found all the same', async () => {
  const { result, tried } = await shrink((faults, tries) =>
    faults.includes('bandwidth') && tries % 2 === 1 ? failed('unsettled') : passed,
  );
  expect(result.isReproduced && faultsOf(result.experiment)).toEqual(['bandwidth']);
  expect(tried.some(({ isFailure }) => !isFailure)).toBe(true);
});

test('what fails without any fault needs none', async () => {
  const { result } = await shrink(() => failed('miskeyed'));
  expect(result).toMatchObject({ isReproduced: true, isMinimal: true, experiment: { steps: [] } });
});

test('what does not fail again, or not for that reason, is not shrunk', async () => {
  expect((await shrink(() => passed)).result).toEqual({ isReproduced: false });
  const reason = { code: 'lost', text: 'lost: 3.' };
  expect((await shrink(() => failed('slo'), { reason })).result).toEqual({ isReproduced: false });
  expect((await shrink(() => failed('slo'), { reason })).tried).toHaveLength(2);
});

test('an SLO is the same one whatever its figures, and whichever faults its step has left', async () => {
  const broken = (...names: readonly string[]): Decision => ({
    verdict: 'FAIL',
    reasons: names.map((name) => ({
      verdict: 'FAIL',
      code: 'slo',
      text: `SLO ${name} is broken: it took ${Math.random()}`,
    })),
  });
  const { result } = await shrink((faults) => {
    const ofClients = broken('at most 0 answers other than 201 per order');
    return faults.includes('jitter')
      ? broken(`${faults.join(' + ')} is recovered from within 45000 ms`)
      : ofClients;
  });
  expect(result.isReproduced && faultsOf(result.experiment)).toEqual(['jitter']);
});

test.each(['INCONCLUSIVE', 'ABORTED'] as const)(
  'what ends %s without a fault does not show that the fault is needed',
  async (verdict) => {
    const shown = (isOpen: (faults: readonly string[]) => boolean) =>
      shrink((faults) => {
        if (faults.includes('latency') && faults.includes('slicer')) return failed('lost');
        return isOpen(faults) ? { verdict, reasons: [] } : passed;
      });
    const { result } = await shown((faults) => faults.join() === 'slicer');
    expect(result.isReproduced && faultsOf(result.experiment)).toEqual(['latency', 'slicer']);
    expect(result).toMatchObject({ isMinimal: false });
    const elsewhere = await shown((faults) => faults.includes('bandwidth'));
    expect(elsewhere.result).toMatchObject({ isMinimal: true });
  },
);

test('a try that cannot be made ends the search with the best that is known, but not the first one', async () => {
  const broken = new Error('the disk is full');
  const failing = (from: number) =>
    shrink((faults, tries) => {
      if (tries >= from) throw broken;
      return faults.includes('slicer') ? failed('lost') : passed;
    });
  const { result } = await failing(6);
  expect(result.isReproduced && faultsOf(result.experiment)).toEqual(['slicer', 'bandwidth']);
  expect(result).toMatchObject({ isMinimal: false, stoppedBy: broken });
  await expect(failing(0)).rejects.toBe(broken);
});

test('stopped by its bound, it tells the best that is known, and that it may not be the smallest', async () => {
  const { result, tried } = await shrink((faults) => (faults.includes('slicer') ? failed('lost') : passed), {
    triesMax: 6,
  });
  expect(tried).toHaveLength(6);
  expect(result.isReproduced && faultsOf(result.experiment)).toEqual(['slicer', 'bandwidth']);
  expect(result).toMatchObject({ isMinimal: false });
});

test('a bug planted in a random schedule shrinks to the fault that it needs', async () => {
  const schedule = randomOf(3);
  const all = faultsOf(schedule);
  const culprit = all[1] ?? 'kill';
  const result = await shrinkExperiment({
    experiment: schedule,
    reason: undefined,
    run: async ({ steps }) => (faultsOf({ steps }).includes(culprit) ? failed('lost') : passed),
    mayGoOn: () => true,
    onTry: () => {},
  });
  expect(all.length).toBeGreaterThan(2);
  expect(result.isReproduced && faultsOf(result.experiment)).toEqual([culprit]);
});
