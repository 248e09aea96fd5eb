import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertRecord } from '../../services/alert-recorder/alert-book.ts';
import { ensureTools } from '../../tools/index.ts';
import { platform } from '../../topology/platform.ts';
import { createLocalTarget } from './index.ts';
import { findMarked } from './process.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-alerts-'));
const tools = await ensureTools(['prometheus', 'alertmanager'], { env: process.env });
const target = createLocalTarget({
  // Nothing but the two, and who records what they tell.
  topology: {
    ...platform,
    brokers: { ...platform.brokers, replicas: 0 },
    streams: [],
    consumers: [],
    services: platform.services.filter(({ name }) => name === 'alert-recorder'),
    edges: platform.edges.filter(({ from }) => from === 'prometheus' || from === 'alertmanager'),
  },
  runDir: join(folder, 'run'),
  tools,
  chaos: false,
});

beforeAll(() => target.up());
afterAll(async () => {
  await target.down({ deleteData: true });
  expect(findMarked(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

/** Asks again and again, at most 30 s, until the answer satisfies; returns the last one either way. */
async function ask<T>(url: string, isEnough: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = (await (await fetch(url)).json()) as T;
    if (isEnough(answer) || performance.now() >= deadline) return answer;
    await sleep(200);
  }
}

type Alert = { readonly labels: { readonly alertname: string }; readonly status: { readonly state: string } };

async function post(one: { readonly labels: object; readonly endsAt?: string }): Promise<string> {
  const url = `${(await target.addresses()).alertmanager}/api/v2/alerts`;
  const headers = { 'content-type': 'application/json' };
  const sent = await fetch(url, { method: 'POST', headers, body: JSON.stringify([one]) });
  expect(sent.status).toBe(200);
  return url;
}

/** Sends an alert as Prometheus does, and tells the state of each one that Alertmanager has, by name. */
async function alert(labels: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const url = await post({ labels });
  const alerts = await ask<readonly Alert[]>(url, (all) =>
    all.some((one) => one.labels.alertname === labels.alertname && one.status.state !== 'unprocessed'),
  );
  return Object.fromEntries(alerts.map((one) => [one.labels.alertname, one.status.state]));
}

describe('alerts of a local platform', () => {
  it('go from Prometheus to Alertmanager', async () => {
    const { prometheus, alertmanager } = await target.addresses();
    type Answer = { readonly data: { readonly activeAlertmanagers: readonly unknown[] } };
    const { data } = await ask<Answer>(
      `${prometheus}/api/v1/alertmanagers`,
      (answer) => answer.data.activeAlertmanagers.length > 0,
    );
    expect(data.activeAlertmanagers).toEqual([{ url: `${alertmanager}/api/v2/alerts` }]);
  });

  it('are not sent while their cause is alerted, unless it waits for the morning and they do not', async () => {
    const ofBroker = { consequence_of: 'quorum,broker' };
    await alert({ alertname: 'Page', severity: 'page', ...ofBroker });
    const before = await alert({ alertname: 'Ticket', severity: 'ticket', ...ofBroker });
    expect(before).toEqual({ Page: 'active', Ticket: 'active' });
    await alert({ alertname: 'OneBroker', severity: 'ticket', cause: 'broker' });
    const lesser = await alert({ alertname: 'Other', severity: 'page', consequence_of: 'provider' });
    expect(lesser).toEqual({ Page: 'active', Ticket: 'suppressed', OneBroker: 'active', Other: 'active' });
    await alert({ alertname: 'AllBrokers', severity: 'page', cause: 'broker' });
    const greater = await alert({ alertname: 'Last', severity: 'page', ...ofBroker });
    expect(greater).toMatchObject({ Page: 'suppressed', Last: 'suppressed', Other: 'active' });
  });

  it('of an SLO that wait for the morning are not sent while it pages', async () => {
    await alert({ alertname: 'SlowBurn', severity: 'ticket', slo: 'settlement' });
    await alert({ alertname: 'OtherBurn', severity: 'ticket', slo: 'payment-success' });
    await alert({ alertname: 'FastBurn', severity: 'page', slo: 'settlement' });
    const all = await alert({ alertname: 'LastBurn', severity: 'ticket', slo: 'settlement' });
    expect(all).toMatchObject({
      FastBurn: 'active',
      SlowBurn: 'suppressed',
      LastBurn: 'suppressed',
      OtherBurn: 'active',
    });
  });

  it('are recorded when they are told of and when they end, each by itself, pages and tickets alike', async () => {
    const url = `${(await target.addresses()).alertRecorder}/v1/alerts`;
    const labels = { alertname: 'Recorded', severity: 'ticket' };
    const find = async (isEnough: (found: AlertRecord['alerts'][number]) => boolean) => {
      const named = ({ alerts }: AlertRecord) => alerts.find((one) => one.labels.alertname === 'Recorded');
      const isFound = (found: ReturnType<typeof named>) => found !== undefined && isEnough(found);
      return named(await ask<AlertRecord>(url, (record) => isFound(named(record))));
    };
    await post({ labels });
    expect(await find(({ firedAtMs }) => firedAtMs !== undefined)).toMatchObject({ labels });
    await post({ labels, endsAt: new Date().toISOString() });
    const { firedAtMs, resolvedAtMs } = (await find(({ resolvedAtMs }) => resolvedAtMs !== undefined)) ?? {};
    expect(resolvedAtMs).toBeGreaterThan(firedAtMs ?? Infinity);
    const { alerts } = await ask<AlertRecord>(url, () => true);
    // What a cause explains away is told to nobody.
    expect(alerts.map((one) => one.labels.alertname)).not.toContain('Last');
  });
});
