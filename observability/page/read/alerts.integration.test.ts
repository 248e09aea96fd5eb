import { afterAll, describe, expect, it, vi } from 'vitest';
import { startAlertmanager } from '../fixtures/alertmanager.ts';
import { startPrometheus } from '../fixtures/prometheus.ts';
import { broken } from '../fixtures/stories.ts';
import { tellStory } from '../fixtures/story.ts';
import { readMuted } from './alertmanager.ts';
import { alertKey, createPrometheusClient, queryRange, readAlerts } from './prometheus.ts';

const prometheus = await startPrometheus(tellStory(broken, Date.now()));
const alertmanager = await startAlertmanager();
const client = createPrometheusClient(prometheus.url);
afterAll(() => Promise.all([prometheus.stop(), alertmanager.stop()]));

const waiting = { timeout: 30_000, interval: 100 };

describe('an alert', () => {
  it('is known by the same key in Prometheus and, silenced, in Alertmanager', async () => {
    const alert = await vi.waitUntil(
      async () => (await readAlerts(client)).find(({ name }) => name === 'LedgerViolation'),
      waiting,
    );
    expect(alert).toMatchObject({
      ...{ severity: 'page', state: 'firing', runbook: 'ledger-violation', where: 'invariant="lost"' },
      summary: 'The ledger is broken: lost',
    });
    const labels = Object.fromEntries(JSON.parse(alert.key) as [string, string][]);
    expect(alertKey(labels)).toBe(alert.key);
    await alertmanager.tell('alerts', [{ labels }]);
    expect(await readMuted(alertmanager.url)).toEqual(new Map());
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    await alertmanager.tell('silences', {
      matchers: [{ name: 'alertname', value: alert.name, isRegex: false, isEqual: true }],
      ...{ startsAt: at(0), endsAt: at(10), createdBy: 'test', comment: 'known' },
    });
    const muted = await vi.waitUntil(async () => {
      const found = await readMuted(alertmanager.url);
      return found.size > 0 ? found : undefined;
    }, waiting);
    expect(muted.get(alert.key)).toBe('silenced');
  });
});

describe('a source', () => {
  it('that refuses a query says why', async () => {
    await expect(queryRange(client, 'sum(', [0, 30])).rejects.toThrow(/refused .*query_range: .*parse error/);
  });

  it('that evaluates no alert of the platform is not taken for one in which none fires', async () => {
    const bare = await startPrometheus('', false);
    try {
      await expect(readAlerts(createPrometheusClient(bare.url))).rejects.toThrow(
        'evaluates no alert of the platform',
      );
    } finally {
      await bare.stop();
    }
  });

  it('that is something else is not taken for an answer', async () => {
    await expect(readMuted(prometheus.url)).rejects.toThrow('something that is no JSON');
    await expect(readAlerts(createPrometheusClient(alertmanager.url))).rejects.toThrow(
      /Prometheus at .* answered/,
    );
  });
});
