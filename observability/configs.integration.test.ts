import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ensureTools } from '../tools/index.ts';

const tools = await ensureTools(['otelcol', 'jaeger'], { env: process.env });
const run = promisify(execFile);
const golden = (path: string) => fileURLToPath(new URL(path, import.meta.url));

it.each([
  ['otelcol', ['validate', `--config=file:${golden('collector/golden/collector.yaml')}`]],
  ['jaeger', ['validate', `--config=file:${golden('jaeger/golden/jaeger.yaml')}`]],
] as const)('%s accepts the configuration that is rendered', async (tool, args) => {
  await expect(run(tools[tool], args)).resolves.toBeDefined();
});
