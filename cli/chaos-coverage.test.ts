import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Coverage } from '../chaos/index.ts';
import { renderJson } from '../verdict/index.ts';
import { stormReport } from '../verdict/report/fixtures/storm.ts';
import { addCoverage } from './chaos-coverage.ts';
import { printed } from './fixtures/printed.ts';

let runs: string;

beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'coverage-'));
  for (const directory of ['good', 'torn', 'under-way']) await mkdir(join(runs, directory));
  const report = stormReport({ verdict: 'PASS', reasons: [] });
  await writeFile(join(runs, 'good/report.json'), renderJson(report));
  await writeFile(join(runs, 'torn/report.json'), renderJson(report).slice(0, 100));
  await writeFile(join(runs, 'turn.lock'), '');
});
afterAll(() => rm(runs, { recursive: true, force: true }));

it('reads what runs have shown, and tells which report it cannot read', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const text = await printed(addCoverage, ['coverage', '--runs', runs, '--json']);
  const told = stderr.mock.calls.join();
  stderr.mockRestore();
  expect(told).toMatch(/left out: .*torn\/report\.json is no JSON/);
  expect(told).not.toContain('under-way');
  const { faults, rows }: Coverage = JSON.parse(text);
  const runsOf = (subject: string, fault: string) =>
    rows.find((row) => row.subject === subject)?.cells[faults.indexOf(fault)]?.runs;
  expect(runsOf('nats', 'kill')).toMatchObject([{ runId: 'storm-20261121-0930', outcome: 'proven safe' }]);
  expect(runsOf('payment-psp', 'stall')).toMatchObject([{ outcome: 'inconclusive' }]);
});

it('knows of no run where there is no directory of runs', async () => {
  const text = await printed(addCoverage, ['coverage', '--runs', join(runs, 'nowhere')]);
  expect(text).toContain('● proven safe: 0');
});
