import { access, readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkBehaviour } from '../../verdict/index.ts';
import { invariantNames } from '../../verdict/ledger/invariants.ts';
import { planExperiment } from '../core/experiment.ts';
import { suites } from '../experiments/suites.ts';
import { sabotages } from './index.ts';

const folder = new URL('.', import.meta.url);

describe.each(Object.entries(sabotages))('%s', (name, { main, caughtBy, wrong, breaks }) => {
  test('is a composition root of its own', async () => {
    await access(new URL(`../../${main}`, folder));
  });

  test('breaks what an experiment of the suite `full` looks at', () => {
    const plan = suites.full?.find((candidate) => candidate.name === caughtBy);
    const { expects = {} } = plan === undefined ? {} : planExperiment(plan);
    const unseen = { series: [], pulse: undefined, storedOrders: undefined, firstFaultAtMs: undefined };
    const slos = checkBehaviour(unseen, expects).map((slo) => slo.name);
    for (const broken of breaks) {
      const isJudged =
        invariantNames.some((invariant) => invariant === broken) || slos.some((slo) => slo.includes(broken));
      expect({ broken, isJudged }).toEqual({ broken, isJudged: true });
    }
    expect(plan).toBeDefined();
  });

  test('is told in docs/teeth.md', async () => {
    const broken = breaks.map((word) => `*${word}*`).join(', ');
    const text = await readFile(new URL('../../docs/teeth.md', folder), 'utf8');
    expect(text.split('\n')).toContain(`| \`${name}\` | ${wrong} | \`${caughtBy}\` | ${broken} |`);
  });
});

test('every wrong part in the folder has a row, and there are ten at least', async () => {
  const files = (await readdir(folder)).filter((file) => !/^index\.ts$|\.test\.ts$/.test(file));
  const rows = Object.keys(sabotages).map((name) => `${name}.ts`);
  expect(rows.sort()).toEqual(files.sort());
  expect(rows.length).toBeGreaterThanOrEqual(10);
});
