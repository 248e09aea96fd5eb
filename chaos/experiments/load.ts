import { defineExperiment } from '../core/experiment.ts';

/** Nothing is broken: what `stormproof load` runs. */
export const load = defineExperiment({
  name: 'load',
  hypothesis: 'every order is accepted within its retries, settled and charged once',
  parameters: {},
  load: { rate: 1_000, durationSeconds: 30 },
  steps: () => [],
});
