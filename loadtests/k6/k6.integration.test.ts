import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureTools, runProgram } from '../../tools/index.ts';
import type { AttemptRecord } from '../../verdict/index.ts';
import { expectedOutcomes, startMisbehavingServer } from '../fixtures/misbehaving-server.ts';
import { manifestFile } from '../recorder/manifest.ts';
import { readK6History } from './history.ts';
import { readLog } from './log.ts';
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
  // Enough for all orders that a stalling server keeps; more would only take longer to make.
  virtualUsers: 150,
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

  it('sends again of a batch only what is not settled, and tells what came back for each order', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const manifest = await runK6(options(server.url, { rate: 160, ordersPerRequest: 4 }));

    expect(problems).toEqual([]);
    expect(manifest).toMatchObject({ planned: 480, ordersPerRequest: 4 });
    expect(manifest.finished).toMatchObject({ attempted: 480, dropped: 0 });
    const records = await readRecords();
    expect(records.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 480 }, (_, index) => index),
    );
    for (const { index, outcome, answers, orderId, streamSequence } of records) {
      expect.soft(orderId, `order ${index}`).toBe(outcome === 'accepted' ? server.orderId(index) : undefined);
      expect.soft(streamSequence).toBe(outcome === 'accepted' ? index + 1 : 0);
      const seen = server.answered.get(index) ?? [];
      expect
        .soft(
          answers.map(({ status }) => status),
          `order ${index}`,
        )
        .toEqual(seen);
      expect.soft(outcome, `order ${index}`).toBe(outcomeOfAll(seen));
    }
    const kinds = new Set(records.map(({ outcome }) => outcome));
    expect([...kinds].sort()).toEqual(['accepted', 'refused', 'unknown']);
  });

  it('sends as the phases of a shape have it, jumps and pauses included', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const phase = (name: string, startRate: number, endRate: number) => {
      return { name, startRate, endRate, durationMs: 1_000, isJudged: true };
    };
    const shape = {
      name: 'test',
      phases: [phase('up', 20, 100), phase('pause', 0, 0), phase('spike', 200, 200)],
    };
    const manifest = await runK6(options(server.url, { shape, ordersPerRequest: 2 }));

    expect(problems).toEqual([]);
    // An order that falls due at the end of a phase is of the next one that begins.
    expect(manifest.shape?.phases.map(({ planned }) => planned)).toEqual([58, 2, 200]);
    expect(manifest.finished).toMatchObject({ attempted: 260, dropped: 0 });
    const sentAtMs: number[] = [];
    for await (const line of readLog(outDir)) {
      if ('request' in line) sentAtMs[line.request] = line.tries[0]?.[0] ?? Number.NaN;
    }
    expect(sentAtMs).toHaveLength(130);
    // By k6's own clock, whatever the plan says: the longest silence lies where the pause is, before the 31st request.
    const silencesMs = sentAtMs.slice(1).map((atMs, before) => atMs - (sentAtMs[before] ?? Number.NaN));
    expect(silencesMs.indexOf(Math.max(...silencesMs))).toBe(29);
  });

  it('counts as dropped what it had no virtual user for, in the phase in which it was due', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const manifest = await runK6(options(server.url, { virtualUsers: 2 }));

    expect(problems).toEqual([]);
    const { attempted = 0, dropped = 0 } = manifest.finished ?? {};
    expect(dropped).toBeGreaterThan(0);
    expect(attempted + dropped).toBe(150);
    const records = await readRecords();
    expect(records).toHaveLength(attempted);
    // The numbers of orders have no gaps, and their times do.
    const last = Math.max(...records.map(({ intendedAtUs }) => intendedAtUs));
    expect(last).toBeGreaterThan(((attempted + dropped / 2) / 50) * 1e6);
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

  it('runs a shape by hand, smaller and shorter', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const scenario = join(import.meta.dirname, 'named.ts');
    const variables = {
      ...{ URLS: server.url, SHAPE: 'black-friday', RATE: '100', SCALE: '0.02' },
      ...{ ORDERS_PER_REQUEST: '5', RETRY: '{"deadlineMs":500}' },
    };
    const argv = Object.entries(variables).flatMap(([name, value]) => ['-e', `STORMPROOF_${name}=${value}`]);
    await runProgram(k6Path, ['run', '--quiet', '--no-usage-report', '--address=', ...argv, scenario], {
      env: { HOME: outDir },
      cwd: outDir,
    }).catch((error: unknown) => {
      // The thresholds are crossed: the server refuses orders.
      if (!String(error).includes('99')) throw error;
    });
    expect(server.answered.size).toBe(210);
  });
});

/** What a client must make of statuses: it cannot know more. */
function outcomeOfAll(statuses: readonly number[]): string {
  if (statuses.includes(201)) return 'accepted';
  return statuses.every((status) => status === 422 || status === 503) ? 'refused' : 'unknown';
}
