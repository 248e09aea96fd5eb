import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptRecord, RunManifest } from '../../verdict/index.ts';
import { writeManifest } from '../recorder/manifest.ts';
import { readK6History } from './history.ts';
import { logFile } from './log.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-k6-'));
});
afterEach(() => rm(directory, { recursive: true }));

const started: RunManifest = {
  ...{ runId: 'r', client: 'k6', clientId: 'c', rate: 10, durationSeconds: 100, planned: 1_000 },
  ...{ seed: 1, startedAtMs: 0 },
};

async function writeRun(attempted: number, lines: string[], more: Partial<RunManifest> = {}): Promise<void> {
  const finished = { endedAtMs: 1, attempted, dropped: 0, cpuUs: 0, wasInterrupted: false };
  await writeManifest(directory, { ...started, ...more, finished });
  await writeFile(join(directory, logFile), lines.map((line) => `${line}\n`).join(''));
}

async function records(): Promise<AttemptRecord[]> {
  const all: AttemptRecord[] = [];
  for await (const batch of (await readK6History(directory)).batches()) all.push(...batch);
  return all.sort((a, b) => a.index - b.index);
}

const summary = ({ index, outcome, answers }: AttemptRecord) => `${index} ${outcome} ${answers.length}`;

it('tells what came back for each order, from when it should have been sent', async () => {
  await writeRun(4, [
    '{"startedAtMs":1700000000000}',
    '{"request":0,"tries":[[150,155,201]]}',
    'an exception in words',
    '{"request":2,"tries":[[380,385,503],[460,470,201]]}',
    '{"request":1,"tries":[[250,255,422]]}',
    '{"request":3,"tries":[[450,455,0,true],[500,505,0]]}',
  ]);
  const all = await records();
  expect(all.map(summary)).toEqual(['0 accepted 1', '1 refused 1', '2 accepted 2', '3 unknown 2']);
  // Ten a second, the first of which is due after a tenth; the second of them was sent 50 ms after that, as was the first.
  expect(all.map(({ intendedAtUs }) => intendedAtUs)).toEqual([100_000, 200_000, 300_000, 400_000]);
  expect(all[2]?.answers.map(({ sentAfterUs, answeredAfterUs }) => [sentAfterUs, answeredAfterUs])).toEqual([
    [30_000, 35_000],
    [110_000, 120_000],
  ]);
  expect(all[3]?.answers.map(({ isDefinite }) => isDefinite)).toEqual([true, false]);
});

it('tells the orders of a batch apart, of which those that are settled are sent no more', async () => {
  await writeRun(
    6,
    [
      '{"startedAtMs":1700000000000}',
      '{"request":0,"tries":[[300,305,[201,503,422]],[360,365,201]],"stored":[["ab",7],["cd",9],null]}',
      '{"request":1,"tries":[[600,605,0],[660,665,[503,201,504]],[700,705,[503,201]]]}',
    ],
    { ordersPerRequest: 3 },
  );
  const all = await records();
  expect(all.map(summary)).toEqual([
    ...['0 accepted 1', '1 accepted 2', '2 refused 1'],
    ...['3 unknown 3', '4 accepted 2', '5 accepted 3'],
  ]);
  expect(all.slice(0, 3).map(({ orderId, streamSequence }) => [orderId, streamSequence])).toEqual([
    ...[
      ['ab', 7],
      ['cd', 9],
    ],
    [undefined, 0],
  ]);
});

it('reads the answer to a batch that was stored at once', async () => {
  const results = [
    { status: 201, order_id: 'ab', position: 7, replayed: false },
    { status: 201, order_id: 'cd', position: 9, replayed: true },
  ];
  const line = { request: 0, tries: [[200, 205, 201]], answer: { results } };
  await writeRun(2, ['{"startedAtMs":1700000000000}', JSON.stringify(line)], { ordersPerRequest: 2 });
  const all = await records();
  expect(all.map(summary)).toEqual(['0 accepted 1', '1 accepted 1']);
  expect(all.map(({ orderId, streamSequence }) => `${orderId} ${streamSequence}`)).toEqual(['ab 7', 'cd 9']);
});

it('takes no answer for one that was stored at once when it is none', async () => {
  const results = [
    { status: 201, order_id: 'ab', position: 7 },
    { status: 503, detail: '"status":201' },
  ];
  const line = { request: 0, tries: [[200, 205, 201]], answer: { results } };
  await writeRun(2, ['{"startedAtMs":1700000000000}', JSON.stringify(line)], { ordersPerRequest: 2 });
  await expect(records()).rejects.toThrow('torn line');
});

it('takes the orders of a request that was not logged for unknown, and places them all the same', async () => {
  await writeRun(4, ['{"startedAtMs":1700000000000}', '{"request":1,"tries":[[250,255,201]]}'], {
    ordersPerRequest: 2,
  });
  const all = await records();
  expect(all.map(summary)).toEqual(['0 unknown 1', '1 unknown 1', '2 accepted 1', '3 accepted 1']);
  expect(all.map(({ intendedAtUs }) => intendedAtUs)).toEqual([200_000, 200_000, 400_000, 400_000]);
});

describe('a run that did not finish', () => {
  const lines = [
    '{"startedAtMs":1700000000000}',
    '{"request":0,"tries":[[150,155,201]]}',
    '{"request":2,"tries":[[350,355,201]]}',
    '{"request":3,"tries":[[450,4',
  ].join('\n');

  it('keeps what its log has, up to a torn line, and takes for unknown what had begun before that', async () => {
    await writeManifest(directory, started);
    await writeFile(join(directory, logFile), lines);
    const all = await records();
    expect(all.map(summary)).toEqual(['0 accepted 1', '1 unknown 1', '2 accepted 1']);
    expect(all.map(({ intendedAtUs }) => intendedAtUs)).toEqual([100_000, 200_000, 300_000]);
  });

  it('has no records when nothing was logged', async () => {
    await writeManifest(directory, started);
    await writeFile(join(directory, logFile), '');
    expect(await records()).toEqual([]);
  });

  it('is told from one that finished, whose log may not be torn', async () => {
    await writeRun(4, lines.split('\n'));
    await expect(records()).rejects.toThrow('torn line: {"request":3');
  });
});
