import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { renderAlertmanagerConfig } from './config.ts';

const { amtool } = await ensureTools(['amtool'], { env: process.env });
const folder = await mkdtemp(join(tmpdir(), 'stormproof-alertmanager-'));
afterAll(() => rm(folder, { recursive: true }));

async function check(config: string): Promise<string> {
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, config);
  const { stdout } = await promisify(execFile)(amtool, ['check-config', file]);
  return stdout;
}

it.each([undefined, '/etc/webhook/url'])(
  'amtool accepts what is rendered for the webhook %s',
  async (file) => {
    await expect(
      check(renderAlertmanagerConfig({ webhookUrlFile: file, recorder: { url: 'http://127.0.0.1:1' } })),
    ).resolves.toContain('SUCCESS');
  },
);

it('amtool refuses a configuration whose route leads nowhere', async () => {
  const broken = renderAlertmanagerConfig().replace('receiver: nobody', 'receiver: anybody');
  await expect(check(broken)).rejects.toMatchObject({
    stdout: expect.stringContaining('undefined receiver "anybody"'),
  });
});
