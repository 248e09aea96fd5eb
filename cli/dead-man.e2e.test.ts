import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExperimentPlan, faultKinds, planExperiment } from '../chaos/index.ts';
import { attachLocalTarget, problemsOfDisks } from '../targets/local/index.ts';
import { type JournalEntry, openIntents, readJournal } from '../verdict/index.ts';
import { possibleExperiments } from './fixtures/experiments.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

const done = 'dead-man: everything is healed';

/** The start of a platform, and what of the load comes before the fault. */
const faultWithinMs = 120_000;
/** Longer than a lease, and what healing takes: starting a broker, an election. */
const healedWithinMs = 60_000;

let stormproof: Stormproof;

beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

/** The journals of an experiment's runs. */
async function journalsOf(experiment: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of glob(`${stormproof.stateDir}/runs/${experiment}-2*/journal.ndjson`)) {
    found.push(file);
  }
  return found;
}

/**
 * Runs an experiment until its journal has an entry, ends the runner by a signal, and waits until nothing is broken. The platform that the runner has used or brought up is left running, and nothing for the next runner to heal.
 *
 * @returns the notes of its journal
 */
async function hit(
  experiment: string,
  isMoment: (entry: JournalEntry) => boolean,
  signal: 'SIGKILL' | 'SIGSTOP',
  durationSeconds = 24,
): Promise<readonly string[]> {
  const earlier = await journalsOf(experiment);
  const { process: runner, finished } = stormproof.start(
    ...['chaos', 'run', experiment, '--rate', '50', '--for', String(durationSeconds)],
  );
  const journaled = async (): Promise<readonly JournalEntry[]> => {
    const [file] = (await journalsOf(experiment)).filter((each) => !earlier.includes(each));
    return file === undefined ? [] : (await readJournal(file)).entries;
  };
  const notes = async () =>
    (await journaled()).flatMap((entry) => (entry.type === 'note' ? [entry.text] : []));
  try {
    await until('the moment has come', async () => (await journaled()).some(isMoment), faultWithinMs);
    runner.kill(signal);
    await until('the dead-man is done', async () => (await notes()).includes(done), healedWithinMs);
    expect(openIntents(await journaled())).toEqual([]);
    await until('the platform is ready', async () => (await stormproof.run('status')).exitCode === 0);
  } finally {
    runner.kill('SIGKILL');
    await finished;
  }
  expect((await finished).stderr).not.toContain('an earlier run');
  return notes();
}

const isProven = ({ type }: JournalEntry) => type === 'proven';

test('a runner that is killed while a fault holds leaves a platform that its dead-man heals', async () => {
  expect(await hit('storm', isProven, 'SIGKILL')).toEqual([
    expect.stringMatching(/^dead-man: process \d+ heals what nobody vouches for within \d+ ms$/),
    'dead-man: the runner has died',
    done,
  ]);
});

test('`chaos heal` undoes what no journal tells of, and says what it looked at', async () => {
  expect((await stormproof.run('up')).exitCode).toBe(0);
  const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
  await target.pause('payment-0');
  await faultKinds['provider-errors'].inject(target, { share: 1 });
  const { stdout, exitCode } = await stormproof.run('chaos', 'heal', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    problems: [],
    looked: expect.arrayContaining(['proxy payment-psp', 'payment-0', "the provider's profile"]),
    wrong: [],
  });
  expect((await stormproof.run('status')).exitCode).toBe(0);
});

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('in the middle of', () => {
  // One platform for them all: each runner finds what the one before it, and its dead-man, have left.
  beforeAll(async () => {
    await stormproof.run('down', '--delete-data');
    const disks = problemsOfDisks().length === 0 ? ['--disks'] : [];
    expect((await stormproof.run('up', ...disks)).exitCode).toBe(0);
  });

  // By the first experiment that injects it; what random draws is drawn from what others inject.
  const planOf = new Map<string, ExperimentPlan>();
  for (const plan of possibleExperiments.filter(({ name }) => name !== 'random')) {
    for (const { fault } of planExperiment(plan).steps.flatMap(({ faults }) => faults)) {
      if (!planOf.has(fault)) planOf.set(fault, plan);
    }
  }

  test.each([...planOf].map(([fault, { name, load }]) => ({ fault, name, load })))(
    '$fault ($name) a killed runner is healed',
    async ({ fault, name, load }) => {
      const isInjected = (entry: JournalEntry) =>
        entry.type === 'injected' && entry.injection.endsWith(`-${fault}`);
      // As long as its steps need to come one after the other.
      const durationSeconds = Math.max(24, load.durationSeconds);
      expect(await hit(name, isInjected, 'SIGKILL', durationSeconds)).toContain(
        'dead-man: the runner has died',
      );
    },
  );

  test('a stall a runner that hangs is healed when its lease lapses', async () => {
    expect(await hit('provider-mute', isProven, 'SIGSTOP')).toContain(
      'dead-man: the runner did not renew the lease',
    );
  });
});
