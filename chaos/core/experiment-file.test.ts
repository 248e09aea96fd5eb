import { expect, test } from 'vitest';
import { experiments } from '../experiments/index.ts';
import { faultKinds } from '../faults/index.ts';
import { planExperiment } from './experiment.ts';
import { parseExperimentFile, renderExperimentFile } from './experiment-file.ts';

test.each(experiments)('$name is read back as it was written', (plan) => {
  const experiment = planExperiment(plan);
  expect(parseExperimentFile(renderExperimentFile(experiment), 'a file', faultKinds)).toEqual(experiment);
});

test('all that is wrong with a file is told', () => {
  const parse = (value: object) => parseExperimentFile(JSON.stringify(value), 'x.json', faultKinds);
  expect(() => parse({ name: 'x', load: { rate: -1, durationSeconds: 1 }, steps: [] })).toThrow(
    /^x\.json is no experiment:\n(hypothesis: .*\n)(load\.rate: .*)$/,
  );
  const faults = [
    { fault: 'teleport', request: {} },
    { fault: 'latency', request: { edge: 'payment-psp' } },
  ];
  const steps = [{ at: 0, holdMs: 1_000, faults }];
  expect(() => parse({ name: 'x', hypothesis: '', load: { rate: 1, durationSeconds: 1 }, steps })).toThrow(
    [
      'there is no fault "teleport"',
      'latency cannot be injected so:',
      'latencyMs: found nothing, expected 1 to 60000 ms',
    ].join('\n'),
  );
  const parts = {
    tolerance: { expected: ['lost', 'stolen'] },
    bounds: { recoverMs: '45 s' },
    aborts: { failedShareMax: 50 },
    expects: { breakerOpen: true },
    blastRadius: { brokersMax: 0 },
    hopes: {},
  };
  expect(() =>
    parse({ name: 'x', hypothesis: '', load: { rate: 1, durationSeconds: 1 }, steps: [], ...parts }),
  ).toThrow(
    /tolerance\.expected\.1: .*\nbounds\.recoverMs: .*\nexpects: .*"breakerOpen"\naborts\.failedShareMax: .*\nblastRadius\.brokersMax: .*\nthe file: .*"hopes"$/,
  );
  expect(() => parseExperimentFile('not JSON', 'x.json', faultKinds)).toThrow('x.json is no experiment');
});

test('a load that contradicts its shape, or has what no load has, is refused', () => {
  const phase = { name: 'held', startRate: 5, endRate: 10, durationMs: 1_500, isJudged: true };
  const good = { rate: 10, durationSeconds: 1.5, shape: { name: 'x', phases: [phase] } };
  const parse = (load: object) =>
    parseExperimentFile(JSON.stringify({ name: 'x', hypothesis: '', load, steps: [] }), 'x.json', faultKinds);
  expect(parse(good).load).toEqual(good);
  expect(() => parse({ ...good, rate: 5, durationSeconds: 2 })).toThrow(
    /\nload\.rate: is not the highest .*\nload\.durationSeconds: is not what the phases .*$/,
  );
  expect(() => parse({ ...good, shap: 1 })).toThrow(/\nload: .*"shap"$/);
});
