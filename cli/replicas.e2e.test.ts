import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metrics, prometheusName } from '../observability/index.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { queryPrometheus } from './fixtures/prometheus.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

const replicas = ['--replicas', 'order=2,payment=2'];
const [rate, seconds] = [200, 24];

let stormproof: Stormproof;

beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

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
    const shares = { order: metrics.ordersAccepted, payment: metrics.outcomes };
    for (const [service, metric] of Object.entries(shares)) {
      const working = `count(sum by (instance) (${prometheusName(metric)}{job="${service}"}) > 0)`;
      await until(`both instances of ${service} have worked`, async () => {
        return (await queryPrometheus(prometheus, working)) === 2;
      });
    }
  });

  test('are what a later run takes as it finds them', async () => {
    const { report } = await stormproof.report('load', '--rate', '50', '--for', '5');
    expect(report.ledger?.counts.projected).toEqual({ 'order-0': 250, 'order-1': 250 });
    expect(report.decision.verdict).toBe('PASS');
  });

  test('are not changed under a platform that runs', async () => {
    const { exitCode, stderr } = await stormproof.run('up', '--replicas', 'order=3');
    expect(stderr).toContain('a platform with other settings runs');
    expect(exitCode).not.toBe(0);
  });
});
