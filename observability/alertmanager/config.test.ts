import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderAlertmanagerConfig } from './config.ts';

it('renders what it did for the platform', async () => {
  const config = renderAlertmanagerConfig({
    webhookUrlFile: '/etc/webhook/url',
    recorder: { url: 'http://127.0.0.1:20021' },
  });
  await expect(config).toMatchFileSnapshot('golden/alertmanager.yml');
});

it('sends alerts to nobody when no webhook is configured', () => {
  expect(parse(renderAlertmanagerConfig()).receivers).toEqual([{ name: 'nobody' }]);
});

it('has the recorder told beside others, of pages as of tickets', () => {
  const { route, receivers } = parse(renderAlertmanagerConfig({ recorder: { url: 'http://recorder:1' } }));
  const [first, , last] = route.routes;
  expect(first).toMatchObject({ receiver: 'recorder', continue: true, group_by: ['...'] });
  expect(last).toEqual({ receiver: 'nobody' });
  expect(receivers.map(({ name }: { name: string }) => name)).toEqual(['nobody', 'recorder']);
});
