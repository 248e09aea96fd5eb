import { glob, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createStormproof,
  processesThatMention,
  type ReportJson,
  type Stormproof,
} from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

let stormproof: Stormproof;

beforeEach(async () => {
  stormproof = await createStormproof();
});
afterEach(() => stormproof.cleanUp());

/** How long a platform may take to start on a busy machine, and its storm to break something. */
const underWayWithinMs = 90_000;

describe('a storm that is hit itself', () => {
  test('heals, stops and reports when it is interrupted', async () => {
    const { process: storm, finished } = stormproof.start('storm', '--rate', '200', '--for', '24', '--json');
    await untilJournaled(stormproof.stateDir, '"type":"injected"');
    storm.kill('SIGINT');
    const { exitCode, stdout } = await finished;
    const report = JSON.parse(stdout) as ReportJson;
    expect(report.decision.verdict).toBe('ABORTED');
    expect(report.ledger?.findings).toEqual([]);
    expect(report.faults.every(({ healedAtMs }) => healedAtMs !== undefined)).toBe(true);
    expect(exitCode).toBe(12);
    expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
  });

  test('is inconclusive, and says who died, when its recorder is killed', async () => {
    const { finished } = stormproof.start('storm', '--rate', '100', '--for', '20', '--json');
    const [recorder] = await until(
      'the recorder runs',
      async () => {
        const found = await processesThatMention(stormproof.stateDir);
        const pids = found
          .filter((line) => line.includes('loadtests/recorder/main.ts'))
          .map((line) => parseInt(line, 10));
        return pids.length > 0 ? pids : undefined;
      },
      underWayWithinMs,
    );
    process.kill(recorder ?? 0, 'SIGKILL');
    const { exitCode, stdout } = await finished;
    const { decision } = JSON.parse(stdout) as ReportJson;
    expect(decision.verdict).toBe('INCONCLUSIVE');
    expect(decision.reasons.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('the recorder died (SIGKILL)'),
    );
    expect(exitCode).toBe(11);
    expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
  });

  test('lets nobody interfere, and when it is killed with its dead-man the next start heals', async () => {
    const { process: storm, finished } = stormproof.start('storm', '--rate', '100', '--for', '20');
    await untilJournaled(stormproof.stateDir, '"type":"proven"');
    expect((await stormproof.run('up')).stderr).toContain(`process ${storm.pid}`);
    // Hung, it cannot heal what it would heal when its dead-man ends.
    storm.kill('SIGSTOP');
    const deadMen = await processesThatMention(stormproof.stateDir);
    for (const line of deadMen.filter((each) => each.includes('deadman/main.ts'))) {
      process.kill(parseInt(line, 10), 'SIGKILL');
    }
    storm.kill('SIGKILL');
    await finished;
    const { exitCode, stderr } = await stormproof.run('up');
    expect(stderr).toContain('healed what an earlier run had left: kill payment-0');
    expect(exitCode).toBe(0);
    expect((await stormproof.run('status')).exitCode).toBe(0);
    await stormproof.run('down', '--delete-data');
    await until('nothing is left', async () => {
      return (await processesThatMention(stormproof.stateDir)).length === 0;
    });
  });
});

/** Waits until some run's journal holds a text. */
async function untilJournaled(stateDir: string, text: string): Promise<void> {
  const deadline = performance.now() + underWayWithinMs;
  while (performance.now() < deadline) {
    for await (const file of glob(`${stateDir}/runs/*/journal.ndjson`)) {
      if ((await readFile(file, 'utf8')).includes(text)) return;
    }
    await sleep(100);
  }
  throw new Error(`no journal in ${stateDir} came to hold ${text}`);
}
