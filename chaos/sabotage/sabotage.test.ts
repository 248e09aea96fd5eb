import { access, readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { suites } from '../experiments/suites.ts';
import { sabotages } from './index.ts';

const folder = new URL('.', import.meta.url);

describe.each(Object.entries(sabotages))('%s', (name, { main, caughtBy, wrong, breaks }) => {
  test('is a composition root of its own', async () => {
    await access(new URL(`../../${main}`, folder));
  });

  test('is to be caught by an experiment of the suite that leaves nothing out', () => {
    expect(suites.full?.map((plan) => plan.name)).toContain(caughtBy);
  });

  test('is told in docs/teeth.md', async () => {
    const broken = breaks.map((word) => `*${word}*`).join(', ');
    const text = await readFile(new URL('../../docs/teeth.md', folder), 'utf8');
    expect(text.split('\n')).toContain(`| \`${name}\` | ${wrong} | \`${caughtBy}\` | ${broken} |`);
  });
});

test('every wrong part in the folder has a row, and there are ten at least', async () => {
  const files = (await readdir(folder)).filter((file) => !/^index\.ts$|\.test\.ts$/.test(file));
  expect(
    Object.keys(sabotages)
      .map((name) => `${name}.ts`)
      .sort(),
  ).toEqual(files.sort());
  expect(files.length).toBeGreaterThanOrEqual(10);
});
