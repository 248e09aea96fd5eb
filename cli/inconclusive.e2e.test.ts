import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Experiment,
  experimentNamed,
  faultKinds,
  journalFile,
  type LoadGenerator,
  planExperiment,
  runExperiment,
  startDeadMan,
  sweeps,
} from '../chaos/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { openJournal, type RunReport } from '../verdict/index.ts';
import { workloadClientId } from '../verdict/workload.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { recorderGenerator } from './generators.ts';

let stormproof: Stormproof;
let target: LocalTarget;
let runs = 0;

type Kinds = Parameters<typeof runExperiment>[0]['kinds'];

const short = (name: string): Experiment => {
  const experiment = planExperiment(experimentNamed(name), {
    load: { rate: 100, durationSeconds: 16 },
    settings: { holdMs: 2_000 },
  });
  return { ...experiment, bounds: { ...experiment.bounds, steadyMs: 5_000, recoveryMs: 10_000 } };
};

/** Runs a short experiment as the command line does, but for what is given. */
async function run(
  experiment: Experiment,
  given: { readonly kinds?: Kinds; readonly generator?: LoadGenerator } = {},
): Promise<RunReport> {
  runs += 1;
  const runId = `${experiment.name}-test-${runs}`;
  const directory = join(stormproof.stateDir, 'runs', runId);
  await mkdir(directory, { recursive: true });
  const journalPath = join(directory, journalFile);
  const journal = await openJournal(journalPath, {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  try {
    return await runExperiment({
      ...{ experiment, target, journal, runId, directory, sweeps, seed: 1, cores: 1, nowMs: Date.now },
      kinds: given.kinds ?? faultKinds,
      generator: given.generator ?? recorderGenerator,
      startDeadMan: () =>
        startDeadMan({ target: target.ref, journal: journalPath, logFile: join(directory, 'dead-man.log') }),
      signal: new AbortController().signal,
      onFaults: () => {},
      onPhase: () => {},
      onStatus: () => {},
    });
  } finally {
    await journal.close();
  }
}

const said = ({ decision }: RunReport) => decision.reasons.map(({ code, text }) => `${code}: ${text}`);

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('a run shows nothing, and says so,', () => {
  beforeAll(async () => {
    stormproof = await createStormproof();
    const { exitCode, stderr } = await stormproof.run('up');
    if (exitCode !== 0) throw new Error(stderr);
    target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
  });
  afterAll(() => stormproof.cleanUp());

  test.each([
    ['payment-killed', 'kill'],
    ['provider-lies', 'provider-lies'],
  ] as const)('when what %s injects does nothing', async (name, fault) => {
    const disabled = { ...faultKinds, [fault]: { ...faultKinds[fault], inject: async () => {} } };
    const report = await run(short(name), { kinds: disabled });
    expect(report.decision.verdict).toBe('INCONCLUSIVE');
    expect(said(report)).toContainEqual(expect.stringMatching(/^fault: fault .* not proven to have acted/));
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
    expect(said(report)).toContainEqual(
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
      expect(said(report)).toContainEqual(
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
      expect(said(report)).toContainEqual(
        expect.stringMatching(/^steady-state: .*Prometheus does not answer/),
      );
    } finally {
      await target.start('prometheus-0');
    }
  });
});
