import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Experiment,
  experimentNamed,
  faultKinds,
  type LoadGenerator,
  planExperiment,
} from '../chaos/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { workloadClientId } from '../verdict/workload.ts';
import { createRunHere, type RunHere, reasonsOf } from './fixtures/run.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';

let stormproof: Stormproof;
let target: LocalTarget;
let run: RunHere;

const short = (name: string): Experiment => {
  const experiment = planExperiment(experimentNamed(name), {
    load: { rate: 100, durationSeconds: 16 },
    settings: { holdMs: 2_000 },
  });
  return { ...experiment, bounds: { ...experiment.bounds, steadyMs: 5_000, recoveryMs: 10_000 } };
};

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('a run shows nothing, and says so,', () => {
  beforeAll(async () => {
    stormproof = await createStormproof();
    const { exitCode, stderr } = await stormproof.run('up');
    if (exitCode !== 0) throw new Error(stderr);
    target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
    run = createRunHere(target, stormproof.stateDir);
  });
  afterAll(() => stormproof.cleanUp());

  test.each([
    ['payment-killed', 'kill'],
    ['provider-lies', 'provider-lies'],
  ] as const)('when what %s injects does nothing', async (name, fault) => {
    const disabled = { ...faultKinds, [fault]: { ...faultKinds[fault], inject: async () => {} } };
    const report = await run(short(name), { kinds: disabled });
    expect(report.decision.verdict).toBe('INCONCLUSIVE');
    expect(reasonsOf(report)).toContainEqual(
      expect.stringMatching(/^fault: fault .* not proven to have acted/),
    );
  });

  test('when nobody sends anything', async () => {
    const idle: LoadGenerator = {
      client: 'recorder',
      async send({ plan: { rate, durationSeconds }, runId, seed }) {
        const startedAtMs = Date.now();
        await sleep(durationSeconds * 1_000);
        const finished = { endedAtMs: Date.now(), attempted: 0, dropped: 0, cpuUs: 0, wasInterrupted: false };
        const manifest = {
          ...({
            client: 'recorder',
            clientId: workloadClientId,
            runId,
            seed,
            rate,
            durationSeconds,
          } as const),
          ...{ planned: rate * durationSeconds, startedAtMs, finished },
        };
        return { history: { manifest, async *batches() {} } };
      },
    };
    const report = await run(short('payment-killed'), { generator: idle });
    expect(report.decision.verdict).toBe('INCONCLUSIVE');
    expect(reasonsOf(report)).toContainEqual(
      expect.stringMatching(/^load: the load was not delivered: 0 of 1600 /),
    );
  });

  test('when clients are served badly before anything is broken', async () => {
    const slow = { fault: 'latency', request: { edge: 'client-order', latencyMs: 1_500 } } as const;
    const kind = faultKinds.latency;
    const victim = await kind.resolve(target, { ...slow.request, jitterMs: 0 });
    await kind.inject(target, victim);
    try {
      const report = await run(short('payment-killed'));
      expect(report.decision.verdict).toBe('INCONCLUSIVE');
      expect(reasonsOf(report)).toContainEqual(
        expect.stringMatching(/^steady-state: .* orders before the first fault waited longer than 1000 ms$/),
      );
    } finally {
      await kind.heal(target, victim);
    }
  });

  test('when Prometheus is dead', async () => {
    await target.kill('prometheus-0');
    try {
      const report = await run(short('payment-killed'));
      expect(report.decision.verdict).toBe('INCONCLUSIVE');
      expect(reasonsOf(report)).toContainEqual(
        expect.stringMatching(/^steady-state: .*Prometheus does not answer/),
      );
    } finally {
      await target.start('prometheus-0');
    }
  });
});
