import { describe, expect, it } from 'vitest';
import { createHttpServer, createLog } from '../runtime/index.ts';
import { createAlertBook } from './alert-book.ts';
import { addWebhookRoutes } from './webhook-api.ts';

const log = createLog({ service: 'alert-recorder', instance: 'alert-recorder-0' });
log.level = 'silent';

/** What Alertmanager posts, but for what nobody reads; and more of it. */
const alert = {
  status: 'firing',
  labels: { alertname: 'BrokerDown', severity: 'ticket' },
  annotations: { summary: 'a broker is down' },
  startsAt: '2026-11-27T08:00:00.123Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'c0ffee',
};

function serverAt(nowMs: number) {
  const server = createHttpServer({ log });
  addWebhookRoutes(server, { book: createAlertBook(1, 10), nowMs: () => nowMs });
  const post = async (body: object) =>
    (await server.inject({ method: 'POST', url: '/v1/notifications', payload: body })).statusCode;
  const alerts = async () => (await server.inject({ url: '/v1/alerts' })).json();
  return { post, alerts };
}

describe('the webhook', () => {
  it('records what it is told, and tells it', async () => {
    const { post, alerts } = serverAt(50);
    expect(await post({ version: '4', receiver: 'recorder', alerts: [alert] })).toBe(204);
    expect(await alerts()).toEqual({
      ...{ sinceMs: 1, forgotten: 0 },
      alerts: [{ labels: alert.labels, startedAtMs: Date.parse(alert.startsAt), firedAtMs: 50 }],
    });
  });

  it.each([
    ['no alerts', {}],
    ['an alert of no status', { alerts: [{ ...alert, status: 'pending' }] }],
    ['labels that are no texts', { alerts: [{ ...alert, labels: { alertname: 1 } }] }],
    ['no time', { alerts: [{ ...alert, startsAt: 'now' }] }],
  ])('refuses a notification with %s, and records nothing of it', async (_what, body) => {
    const { post, alerts } = serverAt(50);
    expect(await post(body)).toBe(422);
    expect(await alerts()).toMatchObject({ alerts: [] });
  });
});
