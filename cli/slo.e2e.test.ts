import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SloStatus } from '../observability/slo/index.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { queryPrometheus } from './fixtures/prometheus.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
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
  const rate = 200;
  const seconds = 60;
  /** The last step that counts them comes a minute and a quarter after the last order. */
  const settledMs = 80_000;
  /** A scrape, as orders: rates at the ends of the load are extrapolated by no more than that. */
  const tolerance = rate * 5;

  test('the promises are about as many orders as were sent', async () => {
    expect((await stormproof.run('up')).exitCode).toBe(0);
    const before = await stormproof.run('slo', 'status', '--json');
    expect(before.exitCode).toBe(11);

    const { report } = await stormproof.report('load', '--rate', String(rate), '--for', String(seconds));
    await sleep(settledMs);
    const { stdout } = await stormproof.run('slo', 'status', '--for', '5m', '--json');
    const { slos } = JSON.parse(stdout) as { readonly slos: readonly SloStatus[] };
    const counts = report.ledger?.counts;
    expect(slos.map(({ name }) => name)).toEqual([
      'acceptance-availability',
      'acceptance-latency',
      'settlement',
      'payment-success',
    ]);
    for (const { name, events } of slos) {
      expect(Math.abs(events - (counts?.accepted ?? 0)), name).toBeLessThan(tolerance);
    }
    expect(slos[0]).toMatchObject({ verdict: 'kept', badEvents: 0 });
  });

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
