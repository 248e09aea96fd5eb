import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Experiment, randomOf } from '../chaos/index.ts';
import { names } from '../topology/index.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import type { SuiteResult } from './suite-text.ts';

let stormproof: Stormproof;

beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

const faultsOf = ({ steps }: Pick<Experiment, 'steps'>) => steps.flatMap(({ faults }) => faults);

/** Whether the stream of orders is full at some time while nothing keeps orders from coming to it. */
const meetsFullStream = ({ steps }: Experiment) =>
  steps.some(
    ({ faults }) =>
      faults.some(({ request }) => 'stream' in request && request.stream === names.ordersStream) &&
      faults.some(({ fault }) => fault === 'stream-full') &&
      faults.every(({ request }) => !/order/.test(JSON.stringify(request))),
  );

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('a planted bug', () => {
  test('is found by random, shrinks to at most two faults, and is replayed by them', {
    timeout: 3_600_000,
  }, async () => {
    const sabotage = ['--sabotage', 'swallowed-publish-error'];
    const seed = Array.from({ length: 1_000 }, (_, at) => at).find((candidate) => {
      const schedule = randomOf(candidate);
      return meetsFullStream(schedule) && faultsOf(schedule).length >= 3;
    });
    const found = await stormproof.run(
      ...['chaos', 'random', '--seeds', String(seed), '--rate', '200', '--json', ...sabotage],
    );
    const { verdict, rows } = JSON.parse(found.stdout) as SuiteResult;
    expect(verdict).toBe('FAIL');
    expect(found.exitCode).toBe(10);

    const shrunk = await stormproof.run('chaos', 'shrink', rows[0]?.runId ?? '', '--json', ...sabotage);
    const { experiment, code, isMinimal, file } = JSON.parse(shrunk.stdout) as {
      readonly experiment: Experiment;
      readonly code: string;
      readonly isMinimal: boolean;
      readonly file: string;
    };
    expect({ code, isMinimal, exitCode: shrunk.exitCode }).toEqual({
      ...{ code: 'lost', isMinimal: true, exitCode: 0 },
    });
    expect(faultsOf(experiment).length).toBeGreaterThan(0);
    expect(faultsOf(experiment).length).toBeLessThanOrEqual(2);

    const again = await stormproof.report('chaos', 'replay', file, ...sabotage);
    expect(again.report.decision.reasons.map((reason) => reason.code)).toContain('lost');
    const healthy = await stormproof.report('chaos', 'replay', file);
    expect(healthy.report.decision).toEqual({ verdict: 'PASS', reasons: [] });
  });
});
