import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers } from '../chaos/index.ts';
import type { SloStatus } from '../observability/slo/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { names } from '../topology/index.ts';
import { type AttemptRecord, openHistory } from '../verdict/index.ts';
import { queryPrometheus } from './fixtures/prometheus.ts';
import { countRawSlos, disagreements, readStored } from './fixtures/raw-slos.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

let stormproof: Stormproof;
beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

test('says plainly that there is no platform, no Prometheus, or no such duration', async () => {
  const absent = await stormproof.run('slo', 'status');
  expect(absent).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('start one') });
  const unreachable = await stormproof.run('slo', 'status', '--prometheus', 'http://127.0.0.1:59999');
  expect(unreachable).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('Prometheus at http://127.0.0.1:59999 does not answer'),
  });
  const wrong = await stormproof.run('slo', 'status', '--for', 'ever');
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Expected a duration') });
});

test('the page is served without any platform, says plainly who does not answer, and ends when told', async () => {
  const { process: child, finished } = stormproof.start(
    ...['slo', 'open', '--no-browser', '--json', '--prometheus', 'http://127.0.0.1:59999'],
  );
  let told = '';
  child.stdout?.on('data', (text: string) => {
    told += text;
  });
  const { url } = await until('it tells where it is', async () =>
    told.trimEnd().endsWith('}') ? (JSON.parse(told) as { readonly url: string }) : undefined,
  );
  expect(new URL(url).hostname).toBe('127.0.0.1');
  const page = await (await fetch(url)).text();
  expect(page).toContain('Not known.');
  expect(page).toContain('Prometheus at http://127.0.0.1:59999 does not answer');
  child.kill('SIGINT');
  expect(await finished).toMatchObject({ exitCode: 0, stderr: '' });
  const absent = await stormproof.run('slo', 'open');
  expect(absent).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('start one') });
  const wrong = await stormproof.run('slo', 'open', '--prometheus', 'nowhere');
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no http(s) URL') });
});

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('after a load', () => {
  const rate = 100;
  const seconds = 45;
  const pausedMs = 15_000;
  /** Rules whose windows are scaled count the last order a quarter of a minute after it came. */
  const settledMs = 25_000;
  /** Prometheus scrapes every 5 s; what came since the scrape before it does not know. */
  const scrapeOrders = rate * 5;

  test('the promises are as orders counted one by one say, in the terminal and on the page', async () => {
    expect((await stormproof.run('up', '--alert-scale', '60')).exitCode).toBe(0);
    const before = await stormproof.run('slo', 'status', '--json');
    expect(before.exitCode).toBe(11);

    const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
    const load = stormproof.start('load', '--rate', `${rate}`, '--for', `${seconds}`, '--json');
    await until('orders are being stored', async () => (await lastOrder(target)) > 20, 90_000);
    await sleep(5_000);
    // Without a majority nothing is accepted at once, nor settled.
    const minority = ['nats-0', 'nats-1'];
    await Promise.all(minority.map((name) => target.pause(name)));
    await sleep(pausedMs);
    await Promise.all(minority.map((name) => target.resume(name)));
    const { runId } = JSON.parse((await load.finished).stdout) as ReportJson;
    await sleep(settledMs);

    const status = await stormproof.run('slo', 'status', '--for', '15m', '--json');
    const { slos } = JSON.parse(status.stdout) as { readonly slos: readonly SloStatus[] };
    const { records, stored } = await readRaw(target, runId);
    const raw = countRawSlos(records, stored);
    expect(disagreements(slos, raw, scrapeOrders)).toEqual([]);
    expect(status.exitCode).toBe(10);
    const shares = await sharesOnPage();
    for (const { name, goodShare } of slos)
      expect(shares.get(name), name).toBeCloseTo(goodShare ?? Number.NaN, 3);

    // Half of the orders, as if nobody had counted the others.
    const halfOf = <T>(all: readonly T[]) => all.slice(all.length / 2);
    const half = countRawSlos(halfOf(records), { ...stored, outcomes: halfOf(stored.outcomes) });
    expect(disagreements(slos, half, scrapeOrders).join()).toMatch(
      /availability: .* events.*latency: .* events.*settlement: .* events/,
    );
  });

  const lastOrder = (target: LocalTarget) =>
    askBrokers(target, async (manager) => (await manager.streams.info(names.ordersStream)).state.last_seq);

  /** What the run's client saw, and what the streams hold of its orders. */
  async function readRaw(target: LocalTarget, runId: string) {
    const history = await openHistory(join(stormproof.stateDir, 'runs', runId, 'load'));
    const records: AttemptRecord[] = [];
    for await (const batch of history.batches()) records.push(...batch);
    const stored = await askBrokers(target, (manager) => readStored(manager, runId));
    return { records, stored };
  }

  /** The share of good events on each objective's card. */
  async function sharesOnPage(): Promise<ReadonlyMap<string, number>> {
    const { process: child, finished } = stormproof.start('slo', 'open', '--no-browser', '--json');
    let told = '';
    child.stdout?.on('data', (text: string) => {
      told += text;
    });
    const url = await until('the page is served', async () => /"url": "(http:[^"]+)"/.exec(told)?.[1]);
    const answer = await fetch(`${url}/live?window=900`);
    const { regions } = (await answer.json()) as { readonly regions: { readonly promises: string } };
    child.kill('SIGINT');
    await finished;
    const cards = regions.promises.matchAll(
      /data-slo="([\w-]+)".*?data-figure="good" data-value="([\d.]+)"/gs,
    );
    return new Map([...cards].map(([, name = '', share]) => [name, Number(share)]));
  }

  test('a charge that is no charge is found by the continuous audit, and is an alert', async () => {
    const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
    const { prometheus, pspAdmin } = await target.addresses();
    const violations = (invariant: string) =>
      queryPrometheus(prometheus, `stormproof_audit_violations{invariant="${invariant}"}`);
    const watch = stormproof.start('watch', '--every', '5');
    await until('the first audit is told', async () => (await violations('uncharged')) === 0);

    await fetch(`${pspAdmin[0]}/admin/profile`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lieRatio: 1 }),
    });
    await stormproof.run('load', '--rate', '1', '--for', '1');
    await until('the lie is told', async () => Number(await violations('uncharged')) > 0);
    const alert = 'ALERTS{alertname="LedgerViolation",alertstate="firing",invariant="uncharged"}';
    await until('the alert fires', async () => (await queryPrometheus(prometheus, alert)) === 1);
    watch.process.kill('SIGINT');
    expect(await watch.finished).toMatchObject({
      exitCode: 10,
      stdout: expect.stringContaining('uncharged'),
    });
  });
});
