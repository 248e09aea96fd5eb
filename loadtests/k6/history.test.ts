import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunManifest } from '../../verdict/index.ts';
import { writeManifest } from '../recorder/manifest.ts';
import { exceptionsFile, readK6History } from './history.ts';
import { summaryFile } from './summary.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-k6-'));
});
afterEach(() => rm(directory, { recursive: true }));

const started: RunManifest = {
  ...{ runId: 'r', client: 'k6', clientId: 'c', rate: 10, durationSeconds: 100, planned: 1_000 },
  ...{ seed: 1, startedAtMs: 0 },
};

async function writeRun(attempted: number, accepted: number, lines: string[]): Promise<void> {
  const finished = { endedAtMs: 1, attempted, dropped: 0, cpuUs: 0, wasInterrupted: false };
  await writeManifest(directory, { ...started, finished });
  await writeFile(join(directory, summaryFile), JSON.stringify({ attempted, accepted, unaccepted: 2 }));
  await writeFile(join(directory, exceptionsFile), lines.map((line) => `${line}\n`).join(''));
}

async function outcomes(): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of (await readK6History(directory)).batches()) {
    for (const { index, outcome, answers } of batch) lines.push(`${index} ${outcome} ${answers.length}`);
  }
  return lines;
}

const exceptions = [
  '{"startedAtMs":1700000000000}',
  '{"index":3,"tries":[[503,true,0,5],[201,true,60,70]]}',
  'an exception in words',
  '{"index":1,"tries":[[422,true,0,5]]}',
  '{"index":4,"tries":[[503,true,0,5],[0,false,60,70]]}',
];

it('takes an order that was not logged for accepted at its first try', async () => {
  await writeRun(6, 4, exceptions);
  expect(await outcomes()).toEqual([
    ...['0 accepted 1', '1 refused 1', '2 accepted 1', '3 accepted 2', '4 unknown 2', '5 accepted 1'],
  ]);
});

it('takes unlogged orders that may have been under way for unknown when some were cut short', async () => {
  await writeRun(500, 497, exceptions);
  const all = await outcomes();
  expect(all[3]).toBe('3 accepted 2');
  expect(all.filter((line) => line.includes('unknown'))).toHaveLength(411);
  expect(all.at(-1)).toBe('499 unknown 1');
});

it('has no records of a run that did not finish', async () => {
  await writeManifest(directory, started);
  expect(await outcomes()).toEqual([]);
});
