import { seededRandom } from '../../loadtests/recorder/random.ts';
import { defineExperiment, type Experiment, type LoadPlan, planExperiment } from '../core/experiment.ts';
import { candidates } from './random-candidates.ts';
import { drawSteps } from './random-draw.ts';

const load: LoadPlan = { rate: 500, durationSeconds: 48 };

/**
 * A schedule of faults, up to three at a time, that follows from its seed alone: a run that failed is repeated by the
 * number that it was given.
 */
export const random = defineExperiment({
  name: 'random',
  hypothesis: 'no schedule of faults, however it was drawn, loses or doubles an order',
  parameters: {
    schedule: { unit: '(a seed)', min: 0, max: 2 ** 32 - 1, default: 1, meaning: 'decides what is drawn' },
    steps: { unit: 'steps', min: 1, max: 20, default: 4, meaning: 'how often something is broken, at most' },
  },
  load,
  steps: ({ schedule, steps }) =>
    drawSteps(seededRandom(schedule), candidates, { steps, loadMs: load.durationSeconds * 1_000 }),
});

/** The experiment of one seed, with a name of its own: `random-7`. */
export function randomOf(seed: number, given: Partial<LoadPlan> = {}): Experiment {
  return {
    ...planExperiment(random, { load: given, settings: { schedule: seed } }),
    name: `${random.name}-${seed}`,
  };
}
