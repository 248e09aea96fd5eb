import { expect, test } from 'vitest';
import { experimentNamed, planExperiment } from '../chaos/index.ts';
import { stormReport } from '../verdict/report/fixtures/storm.ts';
import { repetitionOf } from './chaos-replay.ts';
import { refuseOtherPlatform } from './recorded-run.ts';

const planned = planExperiment(experimentNamed('provider-down'));
const experiment = { ...planned, load: { ...planned.load, client: 'k6' as const } };
const report = stormReport({ verdict: 'PASS', reasons: [] });

test('a run is repeated with its client and its seed, unless another is asked for', () => {
  expect(repetitionOf({ experiment, report }, {})).toEqual({ experiment, seed: { seed: 42 } });
  const other = repetitionOf({ experiment, report }, { rate: 50, for: 90, seed: 7 });
  expect(other.experiment.load).toEqual({ rate: 50, durationSeconds: 90, client: 'k6' });
  expect(other.seed).toEqual({ seed: 7 });
  expect(repetitionOf({ experiment, report: undefined }, {}).seed).toEqual({});
});

test('a run of a sabotaged platform is not repeated on the one that is delivered', () => {
  const sabotaged = { ...report, deviations: ['order runs chaos/sabotage/early-201.ts'] };
  const refuse = (given: typeof report | undefined, sabotage?: string) => () =>
    refuseOtherPlatform('storm-1', { experiment, report: given }, sabotage);
  expect(refuse(sabotaged)).toThrow('(order runs chaos/sabotage/early-201.ts); expected --sabotage');
  for (const allowed of [refuse(sabotaged, 'early-201'), refuse(report), refuse(undefined)]) {
    expect(allowed).not.toThrow();
  }
});
