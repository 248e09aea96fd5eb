import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metrics, prometheusName } from '../observability/index.ts';
import type { SloStatus } from '../observability/slo/index.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { queryPrometheus } from './fixtures/prometheus.ts';
import {
  createStormproof,
  processesThatMention,
  type ReportJson,
  type Stormproof,
} from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

const replicas = ['--replicas', 'order=2,payment=2'];
/** Long enough that even a slow machine has time to recover from the last fault while the load lasts. */
const [rate, seconds] = [100, 45];

let stormproof: Stormproof;

beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

/** Where an agent's recorder writes, by the command line that `processesThatMention` tells. */
function historyOf(agent: string): string {
  const [directory = ''] = agent.match(/\S*generator-1/) ?? [];
  return join(directory, 'history.bin');
}

/** One story, whose tests follow each other. */
describe('several instances of order and of payment', () => {
  test('lose and double nothing while one payment, a broker and the provider fail', async () => {
    const load = ['--rate', `${rate}`, '--for', `${seconds}`];
    const { exitCode, report } = await stormproof.report('storm', ...replicas, ...load, '--keep');
    const orders = rate * seconds;
    expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
    expect(report.topology).toContain('2 order, 2 payment');
    expect(report.ledger?.counts).toMatchObject({ attempted: orders, charged: orders, charges: orders });
    expect(report.ledger?.counts.projected).toEqual({ 'order-0': orders, 'order-1': orders });
    expect(report.ledger?.notChecked).toEqual([]);
    expect(report.faults.map(({ target }) => target)).toContainEqual(expect.stringMatching(/^payment-\d$/));
    expect(exitCode).toBe(0);
  });

  test('share the work, and Prometheus tells them apart', async () => {
    const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
    const { prometheus } = await target.addresses();
    expect(await queryPrometheus(prometheus, 'count(up == 0)')).toBeUndefined();
    const shares = { order: metrics.ordersAccepted, payment: metrics.outcomes };
    for (const [service, metric] of Object.entries(shares)) {
      const working = `count(sum by (instance) (${prometheusName(metric)}{job="${service}"}) > 0)`;
      await until(`both instances of ${service} have worked`, async () => {
        return (await queryPrometheus(prometheus, working)) === 2;
      });
    }
  });

  test('are all in the promises', async () => {
    await until('Prometheus has every order', async () => {
      const { stdout } = await stormproof.run('slo', 'status', '--for', '5m', '--json');
      const { slos } = JSON.parse(stdout) as { readonly slos: readonly SloStatus[] };
      const available = slos.find(({ name }) => name === 'acceptance-availability');
      // Orders of one instance alone would be half of that.
      return (available?.events ?? 0) >= rate * seconds * 0.9;
    });
  });

  test('take the orders of several generators, whose histories give one verdict', async () => {
    const load = ['--generators', '2', '--rate', '100', '--for', '5'];
    const { report } = await stormproof.report('load', ...load);
    expect(report.load?.manifest).toMatchObject({ generators: 2, planned: 500 });
    expect(report.load?.latency.overall).toMatchObject({ orders: 500, accepted: 500 });
    expect(report.ledger?.counts).toMatchObject({
      attempted: 500,
      accepted: 500,
      charged: 500,
      charges: 500,
    });
    expect(report.ledger?.counts.projected).toEqual({ 'order-0': 500, 'order-1': 500 });
    expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });

    const again = await stormproof.report('audit', '--run', report.runId);
    expect(again.report.ledger?.counts).toEqual(report.ledger?.counts);
    expect(again.report.decision.verdict).toBe('PASS');
  });

  test('are not judged by what is left when a generator dies', async () => {
    const load = ['--generators', '2', '--rate', '50', '--for', '15'];
    const { process: running, finished } = stormproof.start('load', ...load, '--json');
    const agent = await until('the generators run', async () => {
      const found = await processesThatMention(stormproof.stateDir);
      return found.find((line) => line.includes('fleet/main.ts') && line.includes('generator-1'));
    });
    await until('orders are sent', async () => existsSync(historyOf(agent)), 60_000);
    process.kill(parseInt(agent, 10), 'SIGKILL');
    const { exitCode, stdout } = await finished;
    const { decision, ledger, load: sent } = JSON.parse(stdout) as ReportJson;
    expect(decision.verdict).toBe('INCONCLUSIVE');
    expect(decision.reasons.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('generator-1 died: it does not answer any more'),
    );
    // Nobody knows what it sent: what is stored of that is no phantom.
    expect(ledger?.findings).toEqual([]);
    expect(sent?.manifest).toMatchObject({ generators: 2, planned: 750 });
    expect(exitCode).toBe(11);
    expect(running.killed).toBe(false);
    expect(
      (await processesThatMention(stormproof.stateDir)).filter((line) => line.includes('fleet/')),
    ).toEqual([]);
  });

  test('are not changed under a platform that runs', async () => {
    const { exitCode, stderr } = await stormproof.run('up', '--replicas', 'order=3');
    expect(stderr).toContain('a platform with other settings runs');
    expect(exitCode).not.toBe(0);
  });
});
