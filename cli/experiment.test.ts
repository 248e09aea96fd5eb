import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stormReport } from '../verdict/report/fixtures/storm.ts';
import type { CommandContext } from './command.ts';
import { prepareGenerators, writeReport } from './experiment.ts';
import { planLoadRun } from './load.ts';

test('a file of a report that cannot be written is told, and keeps no other from being written', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-report-'));
  const warnings: string[] = [];
  try {
    await mkdir(join(directory, 'report.html'));
    const report = stormReport({ verdict: 'PASS', reasons: [] });
    await writeReport(report, directory, { warn: (text) => warnings.push(text) });
    expect((await readdir(directory)).sort()).toEqual([
      ...['chaos-toolkit.json', 'junit.xml', 'report.html', 'report.json'],
    ]);
  } finally {
    await rm(directory, { recursive: true });
  }
  expect(warnings).toEqual([expect.stringMatching(/^report\.html could not be written to /)]);
});

test.each([1, 2])('k6 does not share a load with %d generators, whoever chose it', async (generators) => {
  const context = {} as CommandContext;
  const asked = planLoadRun('ramp', {});
  const own = planLoadRun('ramp', { client: 'k6' });
  for (const [run, options] of [[asked, { client: 'k6' as const }] as const, [own, {}] as const]) {
    await expect(prepareGenerators([run], { ...options, generators }, context)).rejects.toThrow(
      '--generators: k6 runs alone; expected --client recorder',
    );
  }
  const recorder = await prepareGenerators([asked], { generators }, context);
  expect(recorder(asked).client).toBe('recorder');
});

test('the recorder is not given requests of several orders, whoever asked for it', async () => {
  const batches = planLoadRun('ramp', { client: 'k6', ordersPerRequest: 10 });
  // It is refused before anything is looked for.
  const context = {} as CommandContext;
  await expect(prepareGenerators([batches], { client: 'recorder' }, context)).rejects.toThrow(
    'load-ramp has 10 orders in a request, and the recorder sends one; expected --client k6',
  );
});
