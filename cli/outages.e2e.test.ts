import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers, type FaultRecord } from '../chaos/index.ts';
import { boards } from '../observability/dashboards/boards/index.ts';
import { metrics, prometheusName, spans } from '../observability/index.ts';
import { operationMetrics } from '../observability/names/operations.ts';
import type { OrderSearch } from '../observability/page/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { auditUser, inboxPrefixOf, names, platform } from '../topology/index.ts';
import { tellFaults } from './fault-metrics.ts';
import type { TraceSpan } from './fixtures/jaeger.ts';
import { prometheusNames, queryPrometheus, seriesOf } from './fixtures/prometheus.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import { createTracedOrder, isReplay, readWholeTrace } from './fixtures/trace.ts';
import { edgesShownBy, ordersOnEdges } from './fixtures/trace-edges.ts';
import { until } from './fixtures/until.ts';
import { repositoryRoot } from './paths.ts';

let stormproof: Stormproof;
let target: LocalTarget;

beforeAll(async () => {
  stormproof = await createStormproof();
  const { exitCode, stderr } = await stormproof.run('up');
  if (exitCode !== 0) throw new Error(stderr);
  target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
});
afterAll(() => stormproof.cleanUp());

/** Starts a load and waits until its orders are being accepted. */
async function startLoad(rate: number, seconds: number): Promise<{ finish(): Promise<ReportJson> }> {
  const before = await lastOrder();
  const { finished } = stormproof.start('load', '--rate', String(rate), '--for', String(seconds), '--json');
  // The steady-state probe stores one order; the load follows it.
  await until('the load is being stored', async () => (await lastOrder()) > before + 20);
  return {
    async finish() {
      const { stdout, stderr } = await finished;
      if (!stdout.startsWith('{')) throw new Error(stderr);
      return JSON.parse(stdout) as ReportJson;
    },
  };
}

const lastOrder = () =>
  askBrokers(target, async (manager) => (await manager.streams.info(names.ordersStream)).state.last_seq);

function expectAllCharged(report: ReportJson, orders: number): void {
  expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
  expect(report.ledger?.counts).toMatchObject({ accepted: orders, charged: orders, charges: orders });
}

describe('outages', () => {
  test('no accepted order is missing after everything was killed at once and brought up again', async () => {
    const load = await startLoad(300, 10);
    const { instances } = await target.status();
    for (const { pid } of instances) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    const { exitCode, stderr } = await stormproof.run('up');
    expect(stderr).not.toContain('error');
    expect(exitCode).toBe(0);
    expectAllCharged(await load.finish(), 3_000);
  });

  test('a graceful stop of order and payment under load loses and doubles nothing', async () => {
    const load = await startLoad(300, 10);
    const stopped = await Promise.all(
      ['order-0', 'payment-0'].map((instance) => target.terminate(instance, 15_000)),
    );
    expect(stopped.map(({ wasKilled }) => wasKilled)).toEqual([false, false]);
    await Promise.all(['order-0', 'payment-0'].map((instance) => target.start(instance)));
    const report = await load.finish();
    expectAllCharged(report, 3_000);
    // No answer but those a client may repeat: refused connections (none) and 503.
    const statuses = Object.keys(report.load?.latency.answers.byStatus ?? {});
    expect(statuses.filter((status) => !['201', '503', 'none'].includes(status))).toEqual([]);
  });

  const outageSeconds = process.env.STORMPROOF_TEST_LONG === undefined ? 8 : 180;
  test(`${outageSeconds} s without the provider use up no deliveries and dead-letter nothing`, {
    timeout: 600_000,
  }, async () => {
    const load = await startLoad(100, outageSeconds + 5);
    await target.kill('psp-0');
    const openAt = performance.now();
    await until('the breaker is seen open', async () => (await breakerIs('open')) === 1);
    await sleep(Math.max(0, outageSeconds * 1_000 - (performance.now() - openAt)));
    const during = await askBrokers(target, async (manager) => ({
      consumer: await manager.consumers.info(names.ordersStream, names.paymentConsumer),
      deadLetters: (await manager.streams.info(names.deadLettersStream)).state.messages,
    }));
    expect(during.consumer.num_redelivered).toBe(0);
    expect(during.deadLetters).toBe(0);
    expect(during.consumer.num_pending + during.consumer.num_ack_pending).toBeGreaterThan(0);
    await target.start('psp-0');
    expectAllCharged(await load.finish(), 100 * (outageSeconds + 5));
    await until('the breaker is seen closed', async () => (await breakerIs('closed')) === 1);
  });
});

async function breakerIs(state: string): Promise<number | undefined> {
  return queryPrometheus(
    (await target.addresses()).prometheus,
    `max(stormproof_breaker_state{state="${state}"})`,
  );
}

describe('telemetry', () => {
  /** One order whose caller wants it traced, all the way to its settlement. */
  async function traceOneOrder(): Promise<readonly TraceSpan[]> {
    const { order, jaeger } = await target.addresses();
    const traced = createTracedOrder(order[0] ?? '');
    expect((await traced.send()).status).toBe(201);
    expect(isReplay(await traced.send())).toBe(true);
    return readWholeTrace(jaeger, traced.traceId);
  }

  test('a sampled order has one trace, every span below its parent and of its service', async () => {
    const found = await traceOneOrder();
    for (const spec of Object.values(spans)) {
      const span = found.find(({ name, service }) => name === spec.name && service === spec.service);
      expect(span, spec.name).toBeDefined();
      if (spec.parent === undefined) continue;
      const parent = found.find(({ id }) => id === span?.parentId);
      expect(parent?.name, `parent of ${spec.name}`).toBe(spec.parent);
    }
  });

  test('every edge that orders travel appears in the trace of one', async () => {
    const found = await traceOneOrder();
    expect(edgesShownBy(found)).toEqual(ordersOnEdges(platform));
    const withoutProvider = edgesShownBy(found.filter(({ service }) => service !== 'psp'));
    expect(withoutProvider).toEqual(ordersOnEdges(platform).filter((edge) => edge !== 'payment calls psp'));
  });

  test('every query of the dashboards is answered, with data unless it needs an event', async () => {
    const { prometheus } = await target.addresses();
    const load = await startLoad(100, 6);
    await load.finish();
    const panels = boards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
    const knownBad = { needs: 'orders', queries: [{ expr: 'rate(nobody_tells_this[$__rate_interval])' }] };
    const silent: string[] = [];
    for (const { needs, queries } of [...panels, knownBad]) {
      for (const { expr } of queries) {
        const series = await seriesOf(prometheus, expr.replaceAll('$__rate_interval', '30s'));
        if (needs === 'orders' && series === 0) silent.push(expr);
      }
    }
    expect(silent).toEqual(knownBad.queries.map(({ expr }) => expr));
  });

  test('every metric of the registry is emitted by the services it names', async () => {
    const { prometheus } = await target.addresses();
    const wanted = Object.values(metrics).flatMap((spec) =>
      spec.from.map((service) => `${service}: ${spec.name}`),
    );
    let missing = wanted;
    await until('every metric has arrived', async () => {
      const emitted = await prometheusNames(prometheus);
      missing = wanted.filter((pair) => !emitted.has(pair));
      return missing.length === 0;
    }).catch(() => {
      // What is missing says more than that something is.
    });
    expect(missing).toEqual([]);
  });
});

describe('the way of an order', () => {
  const trace = async (id: string) => {
    const { exitCode, stdout } = await stormproof.run('trace', id, '--json');
    const { waterfalls } = JSON.parse(stdout) as OrderSearch;
    return { exitCode, waterfall: waterfalls[0], names: waterfalls[0]?.rows.map(({ name }) => name) ?? [] };
  };
  const send = async (isSampled: boolean) => {
    const { order } = await target.addresses();
    const answer = await createTracedOrder(order[0] ?? '', isSampled).send();
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { readonly order_id: string }).order_id;
  };

  test('is its trace when it was sampled, with what waited', async () => {
    // Payment may be given an order before the order service has its PubAck; then nothing waited.
    await target.pause('payment-0');
    const id = await send(true);
    await target.resume('payment-0');
    // Each service sends its spans when it likes.
    const whole = Object.values(spans).map(({ name }) => name);
    const { waterfall, names } = await until('the whole trace', async () => {
      const found = await trace(id);
      return whole.every((name) => found.names.includes(name)) ? found : undefined;
    });
    expect(waterfall).toMatchObject({ origin: 'trace', orderId: id, terminalState: 'charged' });
    expect(names).toContain('waits for payment');
  });

  test('is drawn from the streams when it was not, and says where it waits and that it came again', async () => {
    await target.pause('psp-0');
    const id = await send(false);
    const given = 'was given to payment, not settled yet';
    const held = await until('payment has it', async () => {
      const found = await trace(id);
      return found.names.includes(given) ? found : undefined;
    });
    expect(held.waterfall).toMatchObject({ origin: 'streams', orderId: id });
    expect(held.waterfall).not.toHaveProperty('terminalState');
    await target.kill('payment-0');
    await target.start('payment-0');
    await until('it is told that it came again', async () => {
      const { waterfall } = await trace(id);
      return waterfall?.notes.some((note) => /[1-9]\d* of them delivered more than once/.test(note));
    });
    await target.resume('psp-0');
    // The breaker may have opened meanwhile: then payment asks the provider again after 15 s.
    const { exitCode, waterfall, names } = await until(
      'it is settled',
      async () => {
        const found = await trace(id);
        return found.waterfall?.terminalState === undefined ? undefined : found;
      },
      60_000,
    );
    expect(exitCode).toBe(0);
    expect(waterfall).toMatchObject({ origin: 'streams', terminalState: 'charged' });
    expect(waterfall?.notes[0]).toContain('This order was not sampled');
    expect(names).toEqual(
      expect.arrayContaining(['received, then stored', 'waits, is charged, outcome stored']),
    );
  });

  test('is not known of an order that nobody stored, nor looked for by what is no id', async () => {
    const unknown = await stormproof.run('trace', '0'.repeat(32));
    expect(unknown).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('nothing is known of 000'),
    });
    const wrong = await stormproof.run('trace', 'order-1');
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('expected 32 hex digits') });
  });
});

/** The newest figure that the continuous audit has told. */
async function told(metric: 'auditViolations' | 'auditTime', labels = ''): Promise<number | undefined> {
  const { prometheus } = await target.addresses();
  return queryPrometheus(prometheus, `max(${prometheusName(operationMetrics[metric])}${labels})`);
}

/** Last: what is planted here stays. */
describe('the continuous audit', () => {
  /** The program that a cluster runs, as it is told there whom to ask. */
  async function auditAsInCluster(): Promise<{ readonly exitCode: number | null; readonly log: string }> {
    const { nats, orderAdmin, pspAdmin, collectorOtlpHttp } = await target.addresses();
    const { status, stdout, stderr } = spawnSync(process.execPath, ['chaos/audit/main.ts'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
      env: {
        STORMPROOF_NATS_URL: nats.join(','),
        STORMPROOF_NATS_NKEY_FILE: join(stormproof.stateDir, 'local/keys', `${auditUser}.nk`),
        STORMPROOF_NATS_INBOX_PREFIX: inboxPrefixOf(auditUser),
        STORMPROOF_ORDER_ADMIN_URL: orderAdmin[0],
        STORMPROOF_PSP_ADMIN_URL: pspAdmin[0],
        OTEL_EXPORTER_OTLP_ENDPOINT: collectorOtlpHttp,
      },
    });
    return { exitCode: status, log: stdout + stderr };
  }

  test('finds nothing wrong while nothing is, and tells when it looked', async () => {
    expect((await createTracedOrder((await target.addresses()).order[0] ?? '').send()).status).toBe(201);
    await until('an order is charged', firstCharge);
    const startedAt = Date.now() / 1_000;
    const { exitCode, log } = await auditAsInCluster();
    expect(log).toContain('invariants checked: all hold');
    expect(exitCode).toBe(0);
    await until('its time is told', async () => ((await told('auditTime')) ?? 0) >= startedAt);
    expect(await told('auditViolations')).toBe(0);
  });

  test('finds one wrong charge within a minute of its being planted', async () => {
    const { order_id, amount_minor, currency } = (await firstCharge()) ?? {};
    // How often it looks unless it is told otherwise is too long for every day.
    const isLong = process.env.STORMPROOF_TEST_LONG === '1';
    const watch = stormproof.start('watch', ...(isLong ? [] : ['--every', '5']));
    const doubled = () => told('auditViolations', '{invariant="double-charged"}');
    const startedAt = Date.now() / 1_000;
    await until('it has looked once', async () => ((await told('auditTime')) ?? 0) >= startedAt);
    expect(await doubled()).toBe(0);

    const planted = await fetch(`${(await target.addresses()).psp[0]}/v1/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'planted' },
      body: JSON.stringify({ order_id, amount_minor, currency }),
    });
    expect(planted.status).toBe(200);
    await until('the wrong charge is told', async () => (await doubled()) === 1, 60_000);
    watch.process.kill('SIGINT');
    expect(await watch.finished).toMatchObject({
      exitCode: 10,
      stdout: expect.stringContaining('double-charged 1'),
    });
    expect((await auditAsInCluster()).exitCode).toBe(10);
  });

  test('has told its metrics, as the runner of an experiment has its own', async () => {
    const fault: FaultRecord = {
      ...{ id: 'told', fault: 'kill', subject: 'payment-0', victim: {}, description: 'nothing was killed' },
      injectedAtMs: Date.now(),
    };
    await (await tellFaults(target, 'told', () => [fault], true)).shutdown();
    const { prometheus } = await target.addresses();
    const isTold = async (name: string) => (await seriesOf(prometheus, `last_over_time(${name}[15m])`)) > 0;
    for (const spec of Object.values(operationMetrics)) {
      await until(`${spec.name} is told`, () => isTold(prometheusName(spec)));
    }
    expect(await isTold('nobody_tells_this')).toBe(false);
  });
});

/** @returns undefined while the provider has charged nothing */
async function firstCharge(): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { pspAdmin } = await target.addresses();
  const [first = ''] = (await (await fetch(`${pspAdmin[0]}/admin/charges`)).text()).split('\n');
  const row = JSON.parse(first) as Readonly<Record<string, unknown>>;
  return row.order_id === undefined ? undefined : row;
}
