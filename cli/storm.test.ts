import { expect, it } from 'vitest';
import { planExperiment, storm } from '../chaos/index.ts';
import { planLoad } from './load-plan.ts';
import { planStorm, strikeAtPeak } from './storm.ts';

const stormIn = (shape: string | undefined) => planStorm(shape, {});
const seconds = (experiment: ReturnType<typeof stormIn>) =>
  experiment.steps.map(({ at }) => Math.round(at * experiment.load.durationSeconds));

it('strikes as planned under one rate', () => {
  expect(seconds(stormIn(undefined))).toEqual([15, 45]);
});

it('strikes at the peak of a shape', () => {
  // Black Friday's peak lasts from second 55 to 115, the spike from 25 to 35.
  expect(seconds(stormIn('black-friday'))).toEqual([70, 100]);
  const spike = strikeAtPeak(planExperiment(storm, { load: planLoad('spike', {}, storm.load) }));
  expect(spike.steps.map(({ at }) => at * 65)).toEqual([27.5, 32.5]);
});

it.each(['spike', 'retry-storm', 'breakpoint'])('refuses the overload of %s', (shape) => {
  expect(() => stormIn(shape)).toThrow(
    /takes \(.*\), whose refusals .*; expected smoke, steady, ramp, black-friday, soak, or `load/,
  );
});
