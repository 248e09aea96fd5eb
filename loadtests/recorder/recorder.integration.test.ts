import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptRecord, openHistory, type RunManifest } from '../../verdict/index.ts';
import { expectedOutcomes, startMisbehavingServer } from '../fixtures/misbehaving-server.ts';
import { manifestFile } from './manifest.ts';
import type { RecorderProgress } from './progress.ts';
import { type RecorderOptions, runRecorder } from './run.ts';
import { shapedRate } from './schedule.ts';
import { RecorderDiedError, spawnRecorder } from './spawn.ts';

let outDir: string;
beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'stormproof-recorder-'));
});
afterEach(() => rm(outDir, { recursive: true }));

const run = { runId: 'run', clientId: 'tests', rate: 200, durationSeconds: 2, seed: 1 };
/** Far apart, so that a busy machine makes no timeout of an answer. */
const stallMs = 3_000;
const retry = { deadlineMs: 6_000, tryTimeoutMs: 1_500 };

const options = (url: string, more: Partial<RecorderOptions> = {}): RecorderOptions => ({
  ...run,
  urls: [url],
  outDir,
  retry,
  ...more,
});

async function readHistory(): Promise<{ manifest: RunManifest; records: AttemptRecord[] }> {
  const { manifest, batches } = await openHistory(outDir);
  const records: AttemptRecord[] = [];
  for await (const batch of batches()) records.push(...batch);
  return { manifest, records: records.sort((a, b) => a.index - b.index) };
}

/** A port of loopback on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Refuses every order. */
async function startRefusingServer(answer: { readonly status: number; readonly retryAfter: string }) {
  const server = createHttpServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { 'retry-after': answer.retryAfter, 'content-length': '0' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('the recorder', () => {
  it('records what the server saw of every order, send by send', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    let last: RecorderProgress | undefined;
    const returned = await runRecorder(options(server.url, { onProgress: (progress) => (last = progress) }));
    const { manifest, records } = await readHistory();

    expect(returned).toEqual(manifest);
    expect(manifest).toMatchObject({ ...run, client: 'recorder', planned: 400 });
    expect(manifest.finished).toMatchObject({ attempted: 400, dropped: 0, wasInterrupted: false });
    expect(records.map(({ index }) => index)).toEqual(Array.from({ length: 400 }, (_, index) => index));
    for (const { index, outcome, answers, orderId, streamSequence } of records) {
      expect.soft(outcome, `order ${index}`).toBe(expectedOutcomes[index % expectedOutcomes.length]);
      const statuses = answers.map(({ status }) => status);
      expect.soft(statuses, `order ${index}`).toEqual(server.answered.get(index));
      expect.soft(orderId).toBe(outcome === 'accepted' ? server.orderId(index) : undefined);
      expect.soft(streamSequence).toBe(outcome === 'accepted' ? index + 1 : 0);
    }
    const count = (outcome: string) => records.filter((record) => record.outcome === outcome).length;
    const retried = records.reduce((sum, { answers }) => sum + answers.length - 1, 0);
    expect(last).toMatchObject({ sent: 400, retried, inFlight: 0, dropped: 0 });
    expect(last).toMatchObject({
      accepted: count('accepted'),
      refused: count('refused'),
      unknown: count('unknown'),
    });
  });

  it('records how long each refusal asks to wait', async () => {
    await using server = await startRefusingServer({ status: 429, retryAfter: '2' });
    await runRecorder(options(server.url, { rate: 20, durationSeconds: 1, retry: { deadlineMs: 0 } }));
    const { records } = await readHistory();
    expect(records).toHaveLength(20);
    for (const { outcome, answers } of records) {
      expect(outcome).toBe('refused');
      expect(answers).toMatchObject([{ status: 429, isDefinite: true, retryAfterSeconds: 2 }]);
    }
  });

  it('sends as the phases of a shape have it, in a process of its own', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const phase = (name: string, startRate: number, endRate: number) => {
      return { name, startRate, endRate, durationMs: 500, isJudged: true };
    };
    const phases = [phase('up', 40, 360), phase('pause', 0, 0), phase('held', 360, 360)];
    await spawnRecorder(options(server.url, { rate: 360, shape: { name: 'test', phases } }));
    const { manifest, records } = await readHistory();

    expect(manifest).toMatchObject({ planned: 280, shape: { name: 'test' } });
    // The order that is due when the pause begins is of the pause.
    expect(manifest.shape?.phases.map(({ planned }) => planned)).toEqual([100, 1, 179]);
    expect(records).toHaveLength(280);
    const { intendedAtUs } = shapedRate(phases);
    for (const record of records) expect.soft(record.intendedAtUs).toBe(intendedAtUs(record.index));
  });

  it('tells no send twice and invents none when it has to pipeline', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    await runRecorder(options(server.url, { limits: { connectionsMax: 2, burstMax: 4 } }));
    const { records } = await readHistory();

    expect(records).toHaveLength(400);
    for (const { index, outcome, answers, orderId } of records) {
      const seen = server.answered.get(index) ?? [];
      // A connection that breaks takes along what the server has not read, or what it answered too late.
      expect.soft(answers.length).toBeGreaterThanOrEqual(seen.length);
      const got = answers.map(({ status }) => status).filter((status) => status !== 0);
      expect.soft(isSubsequence(got, seen), `order ${index}: ${got} of ${seen}`).toBe(true);
      expect.soft(outcome === 'accepted').toBe(got.includes(201));
      if (outcome === 'accepted') expect.soft(orderId).toBe(server.orderId(index));
    }
  });

  it('takes a refused connection for a definite answer and goes to another target', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const closed = `http://127.0.0.1:${await closedPort()}`;
    await runRecorder(options(server.url, { urls: [closed, server.url], rate: 50, durationSeconds: 1 }));
    const { records } = await readHistory();

    const unsent = records
      .flatMap(({ answers }) => answers)
      .filter(({ status, isDefinite }) => status === 0 && isDefinite);
    expect(unsent.length).toBeGreaterThan(0);
    for (const { index, outcome } of records) {
      if (expectedOutcomes[index % expectedOutcomes.length] === 'accepted') expect(outcome).toBe('accepted');
    }
  });

  it('ends every order as refused when nothing ever listens', async () => {
    const closed = `http://127.0.0.1:${await closedPort()}`;
    await runRecorder(options(closed, { durationSeconds: 1, retry: { deadlineMs: 500 } }));
    const { manifest, records } = await readHistory();
    expect(manifest.finished).toMatchObject({ attempted: 200, dropped: 0 });
    expect(new Set(records.map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
  });

  it('counts as dropped what it could not send in time', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const limits = { connectionsMax: 1, depthMax: 1, lateMsMax: 0, outstandingMax: 1 };
    await runRecorder(options(server.url, { limits }));
    const { manifest, records } = await readHistory();
    const { attempted = 0, dropped = 0 } = manifest.finished ?? {};
    expect(dropped).toBeGreaterThan(0);
    expect(attempted + dropped).toBe(400);
    expect(records).toHaveLength(attempted);
  });

  it('lets an outstanding order end when told to stop, and records all that was sent', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const stopping = new AbortController();
    const onProgress = ({ sent }: RecorderProgress) => sent > 0 && stopping.abort();
    const manifest = await spawnRecorder(
      options(server.url, { durationSeconds: 600, signal: stopping.signal, onProgress }),
    );
    const { records, manifest: written } = await readHistory();

    expect(written).toEqual(manifest);
    expect(manifest.finished?.wasInterrupted).toBe(true);
    expect(records).toHaveLength(manifest.finished?.attempted ?? Number.NaN);
    expect(records.length).toBeLessThan(manifest.planned);
    for (const index of server.answered.keys()) expect(records[index]?.index).toBe(index);
  });

  it('leaves a run without an end when its process dies', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    let pid = 0;
    const running = spawnRecorder({
      ...options(server.url, { durationSeconds: 600 }),
      onStart: (started) => {
        pid = started;
      },
      onProgress: () => process.kill(pid, 'SIGKILL'),
    });
    await expect(running).rejects.toThrow(RecorderDiedError);
    await expect(running).rejects.toThrow('SIGKILL');
    const manifest = JSON.parse(await readFile(join(outDir, manifestFile), 'utf8')) as RunManifest;
    expect(manifest.planned).toBe(120_000);
    expect(manifest.finished).toBeUndefined();
  });

  it('says why it could not run', async () => {
    const running = spawnRecorder(options('http://127.0.0.1:1', { outDir: '/dev/null/run' }));
    await expect(running).rejects.toThrow(/code 1.*ENOTDIR/);
  });
});

function isSubsequence(part: readonly number[], whole: readonly number[]): boolean {
  let at = 0;
  for (const value of whole) if (at < part.length && part[at] === value) at += 1;
  return at === part.length;
}
