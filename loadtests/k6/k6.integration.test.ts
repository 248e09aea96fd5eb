import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureTools, runProgram } from '../../tools/index.ts';
import type { AttemptRecord } from '../../verdict/index.ts';
import { expectedOutcomes, startMisbehavingServer } from '../fixtures/misbehaving-server.ts';
import { manifestFile } from '../recorder/manifest.ts';
import { readK6History } from './history.ts';
import { type K6Options, runK6 } from './run.ts';

let k6Path: string;
beforeAll(async () => {
  k6Path = (await ensureTools(['k6'], { env: process.env })).k6;
});

let outDir: string;
beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'stormproof-k6-'));
});
afterEach(() => rm(outDir, { recursive: true }));

const stallMs = 3_000;
const retry = { deadlineMs: 6_000, tryTimeoutMs: 1_500 };
const problems: string[] = [];
const options = (url: string, more: Partial<K6Options> = {}): K6Options => ({
  ...{ k6Path, urls: [url], runId: 'run', rate: 50, durationSeconds: 3, outDir, retry },
  onProblem: (problem) => problems.push(problem),
  ...more,
});
beforeEach(() => {
  problems.length = 0;
});

async function readRecords(): Promise<AttemptRecord[]> {
  const records: AttemptRecord[] = [];
  for await (const batch of (await readK6History(outDir)).batches()) records.push(...batch);
  return records;
}

describe('k6', () => {
  it('accounts for every order with what it logged', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const beforeMs = Date.now();
    const manifest = await runK6(options(server.url));

    expect(problems).toEqual([]);
    expect(manifest).toMatchObject({ client: 'k6', planned: 150 });
    expect(manifest.finished).toMatchObject({ attempted: 150, dropped: 0, wasInterrupted: false });
    expect(manifest.startedAtMs).toBeGreaterThan(beforeMs);
    expect(JSON.parse(await readFile(join(outDir, manifestFile), 'utf8'))).toEqual(manifest);
    const records = await readRecords();
    expect(records).toHaveLength(150);
    for (const { index, outcome, answers } of records) {
      expect.soft(outcome, `order ${index}`).toBe(expectedOutcomes[index % expectedOutcomes.length]);
      const statuses = answers.map(({ status }) => status);
      expect.soft(statuses, `order ${index}`).toEqual(server.answered.get(index));
    }
  });

  it('takes orders cut short by an interrupt for unknown, never for accepted', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const stopping = new AbortController();
    const manifest = await runK6(
      options(server.url, {
        durationSeconds: 600,
        signal: stopping.signal,
        onProgress: ({ completed }) => completed > 50 && stopping.abort(),
      }),
    );

    expect(problems).toEqual([]);
    expect(manifest.finished?.wasInterrupted).toBe(true);
    const records = await readRecords();
    expect(records).toHaveLength(manifest.finished?.attempted ?? Number.NaN);
    for (const { index, outcome } of records) {
      const expected = expectedOutcomes[index % expectedOutcomes.length];
      expect.soft([expected, 'unknown'], `order ${index}`).toContain(outcome);
    }
    for (const index of server.answered.keys()) expect(index).toBeLessThan(records.length);
  });

  it('leaves a run without an end when k6 dies', async () => {
    const broken = join(outDir, 'broken-k6');
    await writeFile(broken, '#!/bin/sh\necho out of order >&2\nkill -9 $$\n');
    await chmod(broken, 0o755);
    const manifest = await runK6(options('http://127.0.0.1:1', { k6Path: broken }));

    expect(manifest.finished).toBeUndefined();
    expect(problems).toEqual(['k6 died (SIGKILL): out of order']);
    expect(JSON.parse(await readFile(join(outDir, manifestFile), 'utf8'))).toEqual(manifest);
  });

  it('leaves a run without an end when k6 leaves no summary', async () => {
    const idle = join(outDir, 'idle-k6');
    await writeFile(idle, '#!/bin/sh\nexit 0\n');
    await chmod(idle, 0o755);
    const manifest = await runK6(options('http://127.0.0.1:1', { k6Path: idle }));

    expect(manifest.finished).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('summary.json')]);
  });

  it('runs the smoke scenario by hand', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const scenario = join(import.meta.dirname, 'smoke.ts');
    const env = { STORMPROOF_URLS: server.url, STORMPROOF_DEADLINE_MS: '500', HOME: outDir };
    await runProgram(k6Path, ['run', '--quiet', '--no-usage-report', '--address=', scenario], {
      env,
      cwd: outDir,
    });
    expect(server.answered.size).toBe(100);
  });
});
