import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderAlertmanagerConfig } from './config.ts';

it('renders what it did for the platform', async () => {
  const config = renderAlertmanagerConfig({ webhookUrlFile: '/etc/webhook/url' });
  await expect(config).toMatchFileSnapshot('golden/alertmanager.yml');
});

it('sends alerts to nobody when no webhook is configured', () => {
  expect(parse(renderAlertmanagerConfig()).receivers).toEqual([{ name: 'nobody' }]);
});
