import { expect, test } from 'vitest';
import { chooseRunnable } from './chaos-run.ts';

test('a name that is neither an experiment nor a suite is told with those that are', () => {
  expect(() => chooseRunnable('fulll', {})).toThrow(
    /^there is no experiment and no suite "fulll"; known: storm, .*; suites: quick, full, alerts$/,
  );
  expect(chooseRunnable('storm', { load: { rate: 7 } }).experiment.load.rate).toBe(7);
  expect(() => chooseRunnable('storm', { settings: { colour: 1 } })).toThrow('storm cannot run so');
});
