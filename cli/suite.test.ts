import { describe, expect, test } from 'vitest';
import { planExperiment, experiments as plans } from '../chaos/index.ts';
import { TargetError } from '../targets/target.ts';
import type { Verdict } from '../verdict/index.ts';
import { stormReport } from '../verdict/report/fixtures/storm.ts';
import type { Conduct } from './experiment.ts';
import { InterruptedError } from './failure.ts';
import { resultOf, runEach } from './suite.ts';

const experiments = plans.slice(0, 3).map((plan) => planExperiment(plan));
const names = experiments.map(({ name }) => name);

/** Runs a suite of three whose experiments end as is said; an error is thrown. */
async function run(endings: readonly (Verdict | Error)[], stop = new AbortController()) {
  const ended: Parameters<typeof resultOf>[2][number][] = [];
  let begun = 0;
  const conduct: Conduct = async ({ name }) => {
    const ending = endings[begun++];
    if (ending === undefined) throw new RangeError('no more was to be begun');
    if (ending instanceof InterruptedError) stop.abort(ending);
    if (ending instanceof Error) throw ending;
    return { ...stormReport({ verdict: ending, reasons: [] }), kind: name };
  };
  await runEach(experiments, conduct, stop.signal, (one) => ended.push(one));
  return { result: resultOf('three', experiments, ended), begun };
}

test('a suite has the verdict of its worst experiment', async () => {
  expect((await run(['PASS', 'PASS', 'PASS'])).result).toMatchObject({ verdict: 'PASS', left: 0 });
  expect((await run(['PASS', 'FAIL', 'INCONCLUSIVE'])).result.verdict).toBe('FAIL');
});

test('an experiment that cannot be conducted is inconclusive, and the others are run all the same', async () => {
  const { result } = await run(['PASS', new TargetError('not-ready', 'nats-1 did not start'), 'PASS']);
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', left: 0, gaps: [] });
  expect(result.rows[1]).toEqual({
    ...{ name: names[1], verdict: 'INCONCLUSIVE', seconds: 0, reasons: ['nats-1 did not start'] },
  });
});

test('what the platform can never do is a gap, which decides nothing', async () => {
  const { result } = await run(['PASS', new TargetError('unsupported', 'pods cannot pause'), 'PASS']);
  expect(result).toMatchObject({ verdict: 'PASS', gaps: [{ name: names[1], why: 'pods cannot pause' }] });
});

describe('a suite that is interrupted', () => {
  test('is aborted, though all that was run passed', async () => {
    const { result } = await run(['PASS', new InterruptedError('SIGINT')]);
    expect(result).toMatchObject({ verdict: 'ABORTED', left: 2 });
  });

  test('is aborted before its first experiment', async () => {
    const stop = new AbortController();
    stop.abort(new InterruptedError('SIGTERM'));
    const { result, begun } = await run([], stop);
    expect(result).toMatchObject({ verdict: 'ABORTED', rows: [], left: 3 });
    expect(begun).toBe(0);
  });

  test('has failed if one of its experiments has', async () => {
    expect((await run(['FAIL', new InterruptedError('SIGINT')])).result.verdict).toBe('FAIL');
  });
});

test('a turn that is lost ends the suite with what took it', async () => {
  const stop = new AbortController();
  const lost = new TargetError('busy', 'another run took the turn');
  stop.abort(lost);
  await expect(run(['PASS'], stop)).rejects.toBe(lost);
});

test('a suite of which nothing can run here shows nothing', () => {
  const gaps = experiments.map(({ name }) => ({ name, why: 'disks that fail need root' }));
  expect(resultOf('disks', experiments, gaps)).toMatchObject({ verdict: 'INCONCLUSIVE', left: 0 });
});
