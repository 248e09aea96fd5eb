import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { platform } from '../../topology/platform.ts';
import { configFile, prometheusFiles } from './config.ts';

const { promtool } = await ensureTools(['promtool'], { env: process.env });
const folder = await mkdtemp(join(tmpdir(), 'stormproof-prometheus-'));
afterAll(() => rm(folder, { recursive: true }));

async function check(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const { stdout } = await promisify(execFile)(promtool, ['check', 'config', join(folder, configFile)]);
  return stdout;
}

const files = prometheusFiles({
  topology: platform,
  scrape: [{ job: 'prometheus', addresses: ['127.0.0.1:9090'] }],
  alertmanager: { url: 'http://127.0.0.1:9093' },
});

it('promtool accepts the configuration and the rules that it names', async () => {
  await expect(check(files)).resolves.toMatch(/1 rule files found[\s\S]*SUCCESS: \d+ rules found/);
});

it('promtool refuses a rule that is no query', async () => {
  const broken = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, text.replace('sum_over_time(', 'sum_over_tide(')]),
  );
  await expect(check(broken)).rejects.toThrow('unknown function with name "sum_over_tide"');
});
