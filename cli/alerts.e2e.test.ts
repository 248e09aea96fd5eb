import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Experiment, experimentNamed, planExperiment, suites } from '../chaos/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { createRunHere, type RunHere, reasonsOf } from './fixtures/run.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';
import type { SuiteResult } from './suite-text.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';

let stormproof: Stormproof;
let target: LocalTarget;
let run: RunHere;

beforeAll(async () => {
  stormproof = await createStormproof();
  const { exitCode, stderr } = await stormproof.run('up', '--alert-scale', '60');
  if (exitCode !== 0) throw new Error(stderr);
  target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
  run = createRunHere(target, stormproof.stateDir);
});
afterAll(() => stormproof.cleanUp());

/** Orders that nobody can charge, and further alerts that are said to tell of them. */
function deadLetters(...others: readonly string[]): Experiment {
  const experiment = planExperiment(experimentNamed('alerts-dead-letters'), {
    load: { rate: 60, durationSeconds: 20 },
  });
  const expected = ['DeadLetters', ...others].map((alert) => ({ alert, isMomentary: true }));
  return { ...experiment, alerts: { expected } };
}

test('an alert that tells of its fault in time is met, and one that never fires is a FAIL', async () => {
  const report = await run(deadLetters('OutcomeContradicted'));
  expect(reasonsOf(report)).toEqual([
    expect.stringMatching(
      /^slo: SLO the alert OutcomeContradicted fires in time is broken: it did not in \d+ ms, expected within \d+$/,
    ),
  ]);
  expect(report.decision.verdict).toBe('FAIL');
  const [told, untold] = report.alerts ?? [];
  expect(told).toMatchObject({ alert: 'DeadLetters' });
  expect(told?.firedAfterMs).toBeLessThanOrEqual(told?.firesWithinMs ?? 0);
  expect(told?.resolvedAfterMs).toBeLessThanOrEqual(told?.resolvesWithinMs ?? 0);
  expect(untold).toMatchObject({ alert: 'OutcomeContradicted', firedAfterMs: undefined });
});

test('an alert that fires before anything is broken shows nothing', async () => {
  const { alertmanager, alertRecorder } = await target.addresses();
  const fire = (endsAt: Date) =>
    fetch(`${alertmanager}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ labels: { alertname: 'DeadLetters', cause: 'an old one' }, endsAt }]),
    });
  await fire(new Date(Date.now() + 600_000));
  await until('it is recorded', async () =>
    (await (await fetch(`${alertRecorder}/v1/alerts`)).text()).includes('an old one'),
  );
  const experiment = deadLetters();
  const report = await run({ ...experiment, bounds: { ...experiment.bounds, steadyMs: 1_000 } });
  await fire(new Date());
  expect(reasonsOf(report)).toContain(
    'steady-state: the platform was not in its steady state before: the alert DeadLetters fires',
  );
  expect(report.decision.verdict).toBe('INCONCLUSIVE');
});

test('alerts that come later than their faults are healed are refused', async () => {
  const { stderr, exitCode } = await stormproof.run(
    ...['chaos', 'run', 'alerts-broker-down', '--set', 'holdMs=5000'],
  );
  expect(stderr).toMatch(/the alert BrokerDown may take \d+ ms, and the faults hold for 5000 ms/);
  expect(exitCode).toBe(1);
});

describe.runIf(isLong)('in long tests', () => {
  test('every alert tells of its faults in time, and of their end', async () => {
    const { stdout, stderr, exitCode } = await stormproof.run('chaos', 'run', 'alerts', '--json');
    if (!stdout.startsWith('{')) throw new Error(stderr);
    const { rows, gaps, left } = JSON.parse(stdout) as SuiteResult;
    expect(rows.filter(({ verdict }) => verdict !== 'PASS')).toEqual([]);
    expect({ gaps, left, exitCode }).toEqual({ gaps: [], left: 0, exitCode: 0 });
    expect(rows.map(({ name }) => name)).toEqual(suites.alerts?.map(({ name }) => name));
  }, 3_600_000);

  test('an audit that stands still is told of, and that it goes on', async () => {
    const watch = stormproof.start('watch', '--every', '5');
    const { alertRecorder } = await target.addresses();
    const heard = async () =>
      (await (await fetch(`${alertRecorder}/v1/alerts`)).text()).includes('AuditStopped');
    await until('an audit was finished', async () => {
      const { prometheus } = await target.addresses();
      const answer = await fetch(`${prometheus}/api/v1/query?query=stormproof_audit_time_seconds`);
      return (await answer.text()).includes('audit-0');
    });
    watch.process.kill('SIGSTOP');
    await until('it is told of', heard, 300_000);
    watch.process.kill('SIGCONT');
    await until(
      'its end is told of',
      async () => {
        type Told = { readonly labels: { readonly alertname: string }; readonly resolvedAtMs?: number };
        const { alerts } = (await (await fetch(`${alertRecorder}/v1/alerts`)).json()) as {
          readonly alerts: readonly Told[];
        };
        return alerts
          .filter(({ labels }) => labels.alertname === 'AuditStopped')
          .every(({ resolvedAtMs }) => resolvedAtMs !== undefined);
      },
      120_000,
    );
    watch.process.kill('SIGINT');
    await watch.finished;
  });
});
