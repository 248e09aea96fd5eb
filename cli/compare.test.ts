import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderJson } from '../verdict/index.ts';
import { stormReport } from '../verdict/report/fixtures/storm.ts';
import { registerCompare } from './compare.ts';
import { printed } from './fixtures/printed.ts';
import { registerLoad } from './load.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'compare-'));
  for (const runId of ['first', 'second']) {
    const report = { ...stormReport({ verdict: 'PASS', reasons: [] }), runId };
    await mkdir(join(dir, 'runs', runId), { recursive: true });
    await writeFile(join(dir, 'runs', runId, 'report.json'), renderJson(report));
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const ids = (text: string) => {
  const { a, b } = JSON.parse(text);
  return [a.runId, b.runId];
};

it('finds runs by id, by directory and by report', async () => {
  const run = (...words: readonly string[]) =>
    printed(registerCompare, ['compare', ...words, '--dir', dir, '--json']);
  expect(ids(await run('first', 'second'))).toEqual(['first', 'second']);
  expect(ids(await run(join(dir, 'runs/second'), join(dir, 'runs/first/report.json')))).toEqual([
    'second',
    'first',
  ]);
});

it('is also there below load, which has the same options', async () => {
  const text = await printed(registerLoad, ['load', 'compare', 'first', 'second', '--dir', dir, '--json']);
  expect(ids(text)).toEqual(['first', 'second']);
});

it('says which run there is no report of', async () => {
  const missing = printed(registerCompare, ['compare', 'first', 'third', '--dir', dir]);
  await expect(missing).rejects.toThrow('there is no report of third');
});
