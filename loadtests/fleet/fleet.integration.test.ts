import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptRecord, type HistorySource, openHistory } from '../../verdict/index.ts';
import { expectedOutcomes, startMisbehavingServer } from '../fixtures/misbehaving-server.ts';
import type { RecorderProgress } from '../recorder/progress.ts';
import { startAgent } from './agent.ts';
import { conductFleet, type FleetOptions, type Member } from './conduct.ts';
import { openSharedHistory } from './history.ts';
import { spawnAgents } from './spawn.ts';

let outDir: string;
beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'stormproof-fleet-'));
});
afterEach(() => rm(outDir, { recursive: true }));

/** Far apart, so that a busy machine makes no timeout of an answer. */
const stallMs = 3_000;
const never = new AbortController().signal;

function conduct(url: string, members: readonly Member[], more: Partial<FleetOptions> = {}) {
  return conductFleet({
    ...{ runId: 'run', clientId: 'tests', rate: 100, durationSeconds: 3, seed: 1, urls: [url] },
    retry: { deadlineMs: 1_000 },
    ...{ members, outDir, signal: never, onProgress: () => {} },
    ...more,
  });
}

async function readAll({ batches }: HistorySource): Promise<AttemptRecord[]> {
  const records: AttemptRecord[] = [];
  for await (const batch of batches()) records.push(...batch);
  return records.sort((a, b) => a.index - b.index);
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('several recorders', () => {
  it('send the orders of one run together, and leave one history of it', async () => {
    await using server = await startMisbehavingServer({ stallMs });
    const members = await spawnAgents(3, outDir);
    let last: RecorderProgress | undefined;
    const { history, problems } = await conduct(server.url, members, {
      retry: { deadlineMs: 6_000, tryTimeoutMs: 1_500 },
      onProgress: (progress) => {
        last = progress;
      },
    });
    await Promise.all(members.map((member) => member.close()));

    expect(problems).toEqual([]);
    expect(history.manifest).toMatchObject({ runId: 'run', planned: 300, generators: 3 });
    expect(history.manifest.finished).toMatchObject({ attempted: 300, dropped: 0, wasInterrupted: false });
    const records = await readAll(history);
    expect(records.map(({ index }) => index)).toEqual(Array.from({ length: 300 }, (_, index) => index));
    for (const { index, outcome, answers, intendedAtUs } of records) {
      expect.soft(outcome, `order ${index}`).toBe(expectedOutcomes[index % expectedOutcomes.length]);
      expect
        .soft(
          answers.map(({ status }) => status),
          `order ${index}`,
        )
        .toEqual(server.answered.get(index));
      expect.soft(intendedAtUs).toBe(index * 10_000);
    }
    const { manifest } = await openHistory(outDir);
    const again = await openSharedHistory(outDir, manifest);
    expect(again.manifest).toEqual(history.manifest);
    expect(await readAll(again)).toEqual(records);
    expect(last?.sent).toBeGreaterThan(0);
    expect(members.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('on other machines send what they recorded over', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const [first, second] = await spawnAgents(2, join(outDir, 'elsewhere'));
    const members = [first, second].map((member) => ({ url: member?.url ?? '' }));
    const { history, problems } = await conduct(server.url, members, { durationSeconds: 1 });
    await Promise.all([first?.close(), second?.close()]);

    expect(problems).toEqual([]);
    await rm(join(outDir, 'elsewhere'), { recursive: true });
    expect(await readAll(history)).toHaveLength(100);
  });

  it('that finish early wait until the last has finished, and their histories are fetched', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const agents = await Promise.all(
      [0, 1].map((at) => startAgent({ directory: join(outDir, `${at}`), port: 0, leaseMs: 3_500 })),
    );
    const members = agents.map(({ port }) => ({ url: `http://127.0.0.1:${port}` }));
    // Its last order, the first one's, is refused for good: the other has nothing to do all that time.
    const { history, problems } = await conduct(server.url, members, {
      ...{ rate: 9, durationSeconds: 1, retry: { deadlineMs: 8_000 } },
    });
    expect(await Promise.all(agents.map(({ ended }) => ended))).toEqual(['told', 'told']);
    await Promise.all(agents.map((agent) => agent.close()));

    expect(problems).toEqual([]);
    expect((await readAll(history)).map(({ outcome }) => outcome)).toEqual(expectedOutcomes.slice(0, 9));
  });

  it('leave an unfinished history when one of them dies, with what it had recorded', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const members = await spawnAgents(2, outDir);
    const victim = members[1];
    let isKilled = false;
    const { history, problems } = await conduct(server.url, members, {
      durationSeconds: 6,
      onProgress: ({ elapsedSeconds }) => {
        if (isKilled || elapsedSeconds < 2) return;
        isKilled = true;
        process.kill(victim?.pid ?? 0, 'SIGKILL');
      },
    });
    await Promise.all(members.map((member) => member.close()));

    expect(problems).toEqual(['generator-1 died: it does not answer any more']);
    expect(history.manifest).toMatchObject({ planned: 600, generators: 2 });
    expect(history.manifest.finished).toBeUndefined();
    const { manifest } = await openHistory(outDir);
    expect((await openSharedHistory(outDir, manifest)).manifest).toEqual(history.manifest);
    const records = await readAll(history);
    const ofVictim = records.filter(({ index }) => index % 2 === 1);
    expect(records.length - ofVictim.length).toBe(300);
    expect(ofVictim.length).toBeGreaterThan(0);
    expect(ofVictim.length).toBeLessThan(300);
  });

  it('all stop when one cannot be told to begin', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const members = await spawnAgents(2, outDir);
    await members[1]?.close();
    const { history, problems } = await conduct(server.url, members, { durationSeconds: 600 });
    await members[0]?.close();

    expect(problems[0]).toMatch(/^generator-1 could not be told to begin/);
    expect(problems).toContain('generator-1 left no history');
    expect(history.manifest.finished).toBeUndefined();
  });

  it('stop when they are told to, and say so', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const members = await spawnAgents(2, outDir);
    const stopping = new AbortController();
    const { history, problems } = await conduct(server.url, members, {
      durationSeconds: 600,
      signal: stopping.signal,
      onProgress: ({ sent }) => sent > 0 && stopping.abort(),
    });
    await Promise.all(members.map((member) => member.close()));

    expect(problems).toEqual([]);
    expect(history.manifest.finished?.wasInterrupted).toBe(true);
    expect(await readAll(history)).toHaveLength(history.manifest.finished?.attempted ?? Number.NaN);
  });
});

describe('an agent', () => {
  const post = async (port: number, path: string, body: unknown) => {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return [response.status, await response.json()];
  };

  it('refuses what is no order, and says why', async () => {
    const agent = await startAgent({ directory: outDir, port: 0 });
    const expected = { problem: 'expected arguments and startsInMs' };
    for (const wrong of [
      '',
      'null',
      '{}',
      { arguments: 'x', startsInMs: 1 },
      { arguments: [], startsInMs: -1 },
    ]) {
      expect(await post(agent.port, 'run', wrong)).toEqual([400, expected]);
    }
    const [status, answer] = await post(agent.port, 'run', { arguments: ['--rate=fast'], startsInMs: 0 });
    expect(status).toBe(400);
    expect(answer).toMatchObject({ problem: expect.stringContaining('--urls is missing') });
    expect(await post(agent.port, 'nonsense', {})).toMatchObject([404, {}]);
    await agent.close();
  });

  it('has one run', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const agent = await startAgent({ directory: outDir, port: 0 });
    const words = [`--urls=${server.url}`, '--run-id=run', '--rate=10', '--duration=60'];
    const order = { arguments: words, startsInMs: 0 };
    expect(await post(agent.port, 'run', order)).toEqual([202, {}]);
    expect(await post(agent.port, 'run', order)).toMatchObject([409, {}]);
    await agent.close();
    expect(existsSync(join(outDir, 'history.bin'))).toBe(true);
  });

  it('ends its load when nobody speaks to it any more', async () => {
    await using server = await startMisbehavingServer({ stallMs: 0 });
    const agent = await startAgent({ directory: outDir, port: 0, leaseMs: 200 });
    const words = [`--urls=${server.url}`, '--run-id=run', '--rate=10', '--duration=60'];
    await post(agent.port, 'run', { arguments: words, startsInMs: 0 });
    expect(await agent.ended).toBe('left alone');
    await agent.close();
  });
});
