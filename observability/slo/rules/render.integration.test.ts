import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ensureTools } from '../../../tools/index.ts';
import { renderRules } from './render.ts';

const { promtool } = await ensureTools(['promtool'], { env: process.env });

async function check(rules: string) {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-rules-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'rules.yml');
  await writeFile(file, rules);
  return promisify(execFile)(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', file]);
}

it.each([1, 60, 600])('promtool finds nothing to say about the rules at scale %d', async (scale) => {
  await expect(check(renderRules({ scale }))).resolves.toBeDefined();
});

it('promtool would say it', async () => {
  await expect(check(renderRules().replace('sum(rate(', 'sum(rte('))).rejects.toThrow(/unknown function/);
});
