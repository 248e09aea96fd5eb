import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boards } from '../observability/dashboards/boards/index.ts';
import { loadMetrics } from '../observability/names/load.ts';
import { prometheusName } from '../observability/names/prometheus.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { seriesOf } from './fixtures/prometheus.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

let stormproof: Stormproof;

beforeAll(async () => {
  stormproof = await createStormproof();
  const { exitCode, stderr } = await stormproof.run('up');
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(() => stormproof.cleanUp());

describe('a load that has a shape', () => {
  test('is sent in batches by k6, audited order by order, and judged phase by phase', async () => {
    const batches = ['--client', 'k6', '--orders-per-request', '5'];
    const small = ['--rate', '100', '--for', '14'];
    const { report } = await stormproof.report('load', 'black-friday', ...batches, ...small);
    const { load, ledger, decision } = report;
    const planned = load?.manifest.planned ?? 0;

    expect(load?.manifest).toMatchObject({ client: 'k6', ordersPerRequest: 5, rate: 100 });
    expect(load?.manifest.finished).toMatchObject({ attempted: planned, dropped: 0 });
    expect(ledger?.counts).toMatchObject({ attempted: planned, accepted: planned, charged: planned });
    expect(ledger?.findings).toEqual([]);
    expect(load?.phases?.map(({ name, attempted }) => [name, attempted > 0])).toEqual(
      ['warm-up', 'normal', 'rush', 'peak', 'back', 'recovery'].map((name) => [name, true]),
    );
    // How fast it was is the machine's affair, and the phases are short: whatever else it says would be wrong.
    for (const { code, text } of decision.reasons) {
      expect(code).toBe('slo');
      expect(text).toMatch(
        /the promises hold in phase .* (waited at most 50 ms|requests tell nothing of 99 %)/,
      );
    }
  });

  test('has told Prometheus of itself, phase by phase', async () => {
    const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
    const { prometheus } = await target.addresses();
    const byPhase = `sum by (phase) (${prometheusName(loadMetrics.accepted)})`;
    await until('every phase has accepted orders', async () => (await seriesOf(prometheus, byPhase)) === 6);
  });

  test('has moved every panel that shows what k6 sends', async () => {
    const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
    const { prometheus } = await target.addresses();
    const panels = boards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
    const queries = panels.flatMap(({ needs, queries }) => (needs === 'k6' ? queries : []));
    expect(queries.length).toBeGreaterThan(2);
    const silent: string[] = [];
    for (const { expr } of [...queries, { expr: 'rate(nobody_tells_this[$__rate_interval])' }]) {
      // The load ended a while ago.
      const series = await seriesOf(prometheus, expr.replaceAll('$__rate_interval', '5m'));
      if (series === 0) silent.push(expr);
    }
    expect(silent).toEqual(['rate(nobody_tells_this[$__rate_interval])']);
  });
});

describe('a load that cannot be', () => {
  test.each([
    [['no-such-shape'], /there is no shape "no-such-shape"; known: smoke/],
    [['ramp', '--orders-per-request', '10'], /expected --client k6/],
  ])('%j is refused', async (words, said) => {
    const { exitCode, stderr } = await stormproof.run('load', ...words);
    expect(stderr).toMatch(said);
    expect(exitCode).toBe(2);
  });

  test.runIf(process.env.STORMPROOF_TEST_LONG === '1')(
    'is refused when k6 cannot send it, before anything is sent',
    async () => {
      const impossible = ['--client', 'k6', '--rate', '30000', '--for', '5'];
      const { exitCode, stderr } = await stormproof.run('load', ...impossible);
      expect(stderr).toContain('k6 cannot deliver 30000 orders/s on this machine');
      expect(exitCode).toBe(2);
    },
  );
});
