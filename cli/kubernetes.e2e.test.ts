import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers } from '../chaos/index.ts';
import { insideNode, nodeUnavailable } from '../infra/node/index.ts';
import { metrics, prometheusName, spans } from '../observability/index.ts';
import { operationMetrics } from '../observability/names/operations.ts';
import type { SloStatus } from '../observability/slo/index.ts';
import { type BrokerLogin, loginOptions } from '../services/runtime/index.ts';
import type { KubernetesTarget } from '../targets/kubernetes/index.ts';
import { names, platform } from '../topology/index.ts';
import { createTestCluster, namespace, stackName, type TestCluster } from './fixtures/cluster.ts';
import { prometheusNames, queryPrometheus } from './fixtures/prometheus.ts';
import { refusal } from './fixtures/refusal.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import { createTracedOrder, isReplay, readWholeTrace } from './fixtures/trace.ts';
import { until } from './fixtures/until.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';

/**
 * The platform on a real Kubernetes node of this machine, deployed by the real Pulumi engine: one story, whose tests
 * follow each other. Run by `./stormproof test --kubernetes`.
 */
const isWanted = process.env.STORMPROOF_TEST_KUBERNETES === '1';
const obstacle = isWanted ? await nodeUnavailable() : 'not asked for';
if (isWanted && obstacle !== undefined)
  console.warn(`the tests on a Kubernetes node are skipped: ${obstacle}`);

let cluster: TestCluster;
/** The command line in the node's network, where orders go to a NodePort. */
let stormproof: Stormproof;
let target: KubernetesTarget;
/** What the cluster held before anything was deployed. */
let inventory: readonly string[];
/** The configuration of the stack as it was last deployed. */
let values: Record<string, unknown>;

const inNamespace = (...args: string[]) => cluster.kubectl('--namespace', namespace, ...args);
const onCluster = () => ['--target', 'kubernetes', '--kubeconfig', cluster.node.kubeconfig];

/** Runs an operation of the engine, and tells how long it took: for a person who reads the log. */
async function pulumi(
  operation: Parameters<TestCluster['engine']['run']>[0],
  args: readonly string[] = [],
): ReturnType<TestCluster['engine']['run']> {
  const startedAt = performance.now();
  try {
    return await cluster.engine.run(operation, stackName, { args });
  } finally {
    console.info(`pulumi ${operation} took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  }
}

describe.runIf(obstacle === undefined)('the platform on a Kubernetes node', () => {
  beforeAll(async () => {
    cluster = await createTestCluster();
    stormproof = await createStormproof((argv) => insideNode(cluster.node, argv));
    values = { ...cluster.stackValues };
    await cluster.engine.configure(stackName, values);
    inventory = await cluster.inventory();
    console.info(
      cluster.engine.usesStandIn
        ? 'A stand-in does the work of the official Kubernetes plugin: what only it did is not shown for the official one.'
        : 'The official Kubernetes plugin is used.',
    );
  });
  afterAll(async () => {
    await target?.close();
    try {
      await stormproof?.cleanUp();
    } finally {
      expect(await cluster?.remove()).toEqual([]);
    }
  });

  test('a preview needs no cluster', async () => {
    const engine = await cluster.engineWithoutCluster();
    await engine.configure(stackName, cluster.stackValues);
    expect((await engine.run('preview', stackName)).create).toBeGreaterThan(50);
  });

  test.each(['dev', 'chaos', 'production', stackName])(
    'the API server accepts every manifest of the stack %s, and its pods as restricted',
    async (stack) => {
      const [first = '', ...files] = await cluster.render(stack);
      // Nothing can be tried in a namespace that is not there.
      await cluster.kubectl('apply', '--server-side', '-f', first);
      await cluster.tryOnServer(...files);
      await cluster.kubectl('delete', '-f', first);
    },
  );

  test('and it refuses a pod that is not, and a field that does not exist', async () => {
    const strict = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/warn': 'restricted' } },
    };
    const container = { name: 'root', image: 'root', securityContext: { privileged: true } };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'root', namespace: 'strict' },
      spec: {
        selector: { matchLabels: { app: 'root' } },
        template: { metadata: { labels: { app: 'root' } }, spec: { containers: [container] } },
      },
    };
    const misspelt = { ...deployment, spec: { ...deployment.spec, replica: 1 } };
    await cluster.kubectl('apply', '-f', await cluster.manifest(strict));
    await expect(cluster.tryOnServer(await cluster.manifest(deployment))).rejects.toThrow(
      'would violate PodSecurity',
    );
    await expect(cluster.tryOnServer(await cluster.manifest(misspelt))).rejects.toThrow('replica');
    await cluster.kubectl('delete', 'namespace', 'strict');
  });

  test('`up` says what failed, and goes on from there after the remedy', async () => {
    await refusal.begin(cluster);
    await expect(pulumi('up')).rejects.toThrow(refusal.message);
    await refusal.end(cluster);
    expect((await pulumi('up')).created).toBeGreaterThan(0);
  });

  test('`up` ended when everything was ready', async () => {
    target = await cluster.attach();
    const instances = await target.allInstances();
    expect(instances.filter(({ isReady }) => !isReady)).toEqual([]);
    expect(instances.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['nats-2', 'order-1', 'payment-1', 'psp-0', 'toxiproxy-0', 'prometheus-0']),
    );
  });

  test('a second `up` changes nothing', async () => {
    const changes = await pulumi('up', ['--expect-no-changes']);
    expect(Object.keys(changes)).toEqual(['unchanged']);
  });

  test('the stack tells where everything is', async () => {
    const { orders, telemetry } = await cluster.engine.outputs(stackName);
    expect(orders).toMatchObject({ order: { url: `http://order.${namespace}.svc:8080` } });
    expect(telemetry).toHaveProperty('prometheus.portForward');
  });

  test('a storm loses and doubles nothing', async () => {
    const { report } = await stormproof.report('storm', ...onCluster(), '--rate', '100', '--for', '60');
    expectAllCharged(report, 6_000);
    expect(report.faults.map(({ name, isProven }) => [name, isProven])).toEqual([
      ['kill', true],
      ['kill', true],
      ['stall', true],
    ]);
  });

  test('both instances of order and of payment had a share of the work', async () => {
    const { prometheus } = await target.addresses();
    const shares = {
      order: 'stormproof_orders_accepted_total',
      payment: 'stormproof_payment_outcomes_total',
    };
    for (const [service, counter] of Object.entries(shares)) {
      const working = `count(sum by (instance) (${counter}{job="${service}"}) > 0)`;
      expect(await queryPrometheus(prometheus, working), service).toBeGreaterThanOrEqual(2);
    }
  });

  test('drift of streams and consumers is reported and repaired', async () => {
    await askBrokers(target, async (manager) => {
      await manager.streams.update(names.ordersStream, { max_age: 3_600_000_000_000 });
      await manager.consumers.delete(names.ordersStream, names.paymentConsumer);
    });
    await inNamespace('create', 'job', '--from=cronjob/provision', 'by-hand');
    await inNamespace('wait', '--for=condition=complete', '--timeout=60s', 'job/by-hand');
    const log = await inNamespace('logs', 'job/by-hand');
    expect(log).toMatch(/stream ORDERS repaired"/);
    expect(log).toMatch(/consumer payment-processor created"/);
    await askBrokers(target, async (manager) => {
      const { config } = await manager.streams.info(names.ordersStream);
      const wanted = platform.streams.find(({ name }) => name === names.ordersStream);
      expect(config.max_age).toBe((wanted?.maxAgeMs ?? 0) * 1_000_000);
    });
    // A consumer made anew gets every order once more, so this comes before most of them; none may be charged once more.
    await until('payment has seen all orders again', isSettled, 120_000);
    const { report } = await stormproof.report('audit', ...onCluster());
    expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
  });

  test('pods of the cluster share a load, give one verdict, and are gone after it', async () => {
    const load = ['--generators', '2', '--rate', '100', '--for', '20'];
    const { report } = await stormproof.report('load', ...onCluster(), ...load);
    expectAllCharged(report, 2_000);
    expect(report.load?.manifest).toMatchObject({ generators: 2, planned: 2_000 });
    expect(report.target).toContain('orders by 2 pods of the cluster');
    await until('the pods are gone', async () => (await loadPods()).length === 0);
  });

  test('a pod that dies while it sends load leaves the run inconclusive', async () => {
    const before = await lastOrder();
    const load = ['--generators', '2', '--rate', '50', '--for', '20', '--json'];
    const { finished } = stormproof.start('load', ...onCluster(), ...load);
    await until('both send', async () => (await lastOrder()) > before + 20, 90_000);
    const victim = (await loadPods()).find((pod) => /-1-[a-z0-9]{5}$/.test(pod)) ?? '';
    await inNamespace('delete', victim, '--grace-period=0', '--force');
    const { exitCode, stdout, stderr } = await finished;
    expect(stdout, stderr).toMatch(/^\{/);
    const { decision, ledger } = JSON.parse(stdout) as ReportJson;
    expect(decision.reasons.map(({ text }) => text)).toContainEqual(expect.stringContaining('generator-1'));
    expect(ledger?.findings).toEqual([]);
    expect(exitCode).toBe(11);
    await until('the pods are gone', async () => (await loadPods()).length === 0);
  });

  test('loses nothing while an order pod is deleted, and order and payment are updated', async () => {
    await underLoad(75, async () => {
      await target.kill('order-1');
      await until('order is whole again', async () =>
        (await target.instances('order')).every(({ isReady }) => isReady),
      );
      const settings = { STORMPROOF_LOG_LEVEL: 'debug' };
      await updateStack({ settings: { order: settings, payment: settings } });
    });
  });

  test('loses nothing while the brokers are updated', async () => {
    await underLoad(150, () => updateStack({ resources: { nats: { cpuMillis: 100, memoryMib: 520 } } }));
  });

  test('loses nothing while every key and certificate changes, after which the old ones are worth nothing', async () => {
    const stolen = await target.brokerLogin?.('operator');
    if (stolen?.tls === undefined || stolen.seed === undefined) throw new Error('the brokers speak no TLS');
    const { nats } = await target.addresses();
    const connectBy = (login: BrokerLogin) =>
      connect({ servers: [...nats], reconnect: false, ignoreClusterUpdates: true, ...loginOptions(login) });
    await (await connectBy(stolen)).close();
    await underLoad(
      isLong ? 150 : 45,
      async () => {
        const startedAt = performance.now();
        const { exitCode, stdout, stderr } = await stormproof.run('keys', 'rotate', '--json', ...onCluster());
        expect(exitCode, stderr).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ users: expect.arrayContaining(['order', 'payment']) });
        console.info(`the rotation took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
        // A broker that starts finds the others by the new certificates.
        await target.kill('nats-1');
        await until('the brokers are whole again', async () =>
          (await target.instances('nats')).every(({ isReady }) => isReady),
        );
      },
      isLong,
    );
    const fresh = await target.brokerLogin?.('operator');
    if (fresh === undefined) throw new Error('the operator has no key');
    await (await connectBy(fresh)).close();
    const { seed } = stolen;
    await expect(connectBy({ ...fresh, seed })).rejects.toThrow();
    await expect(connectBy({ ...fresh, tls: { ...fresh.tls, ...ownPartOf(stolen.tls) } })).rejects.toThrow();
    expect((await pulumi('up', ['--expect-no-changes'])).unchanged).toBeGreaterThan(0);
  });

  test('one trace goes through all pods', async () => {
    const { order, jaeger } = await target.addresses();
    const traced = createTracedOrder(order[0] ?? '');
    expect((await traced.send()).status).toBe(201);
    // It may reach the other instance before that one knows of it.
    await until('whoever gets the order again knows it', async () => isReplay(await traced.send()));
    const found = await readWholeTrace(jaeger, traced.traceId);
    for (const spec of Object.values(spans)) {
      expect(found, spec.name).toContainEqual(
        expect.objectContaining({ name: spec.name, service: spec.service }),
      );
    }
  });

  test('the continuous audit asks all instances, finds nothing wrong, and tells Prometheus', async () => {
    const { order, prometheus } = await target.addresses();
    expect((await createTracedOrder(order[0] ?? '').send()).status).toBe(201);
    await until('the order is settled', isSettled, 60_000);
    await inNamespace('create', 'job', '--from=cronjob/audit', 'audit-by-hand');
    await inNamespace('wait', '--for=condition=complete', '--timeout=120s', 'job/audit-by-hand');
    const log = await inNamespace('logs', 'job/audit-by-hand');
    const { msg, orderAdmin, findings } = JSON.parse(log.trim().split('\n').at(-1) ?? '');
    expect(findings).toEqual([]);
    expect(msg).toMatch(/^[1-9][\d,]* orders, \d+ invariants checked: all hold$/);
    expect(orderAdmin).toHaveLength(2);
    const time = prometheusName(operationMetrics.auditTime);
    await until('it is told', async () => (await queryPrometheus(prometheus, `max(${time})`)) !== undefined);
  });

  test('Prometheus has the metrics of every service and of every backend', async () => {
    const { prometheus } = await target.addresses();
    const wanted = Object.values(metrics).flatMap(({ name, from }) =>
      from.map((service) => `${service}: ${name}`),
    );
    const emitted = await prometheusNames(prometheus);
    expect(wanted.filter((pair) => !emitted.has(pair))).toEqual([]);
    expect(await queryPrometheus(prometheus, 'count(up == 1)')).toBeGreaterThanOrEqual(3);
    expect(await queryPrometheus(prometheus, 'count(up == 0)')).toBeUndefined();
  });

  test('the promises are known, and there is nothing to heal', async () => {
    const { stdout, stderr } = await stormproof.run('slo', 'status', '--for', '5m', '--json', ...onCluster());
    const { slos } = JSON.parse(stdout || '{}') as { readonly slos?: readonly SloStatus[] };
    const available = slos?.find(({ name }) => name === 'acceptance-availability');
    expect(available?.events, stderr).toBeGreaterThan(10_000);
    expect(await stormproof.run('chaos', 'heal', ...onCluster())).toMatchObject({ exitCode: 0 });
  });

  test('says whether the cluster enforces the network policies', async () => {
    // Nothing connects psp to the brokers.
    const program = `require('node:net').connect({ host: 'nats-0.nats-headless', port: 4222, timeout: 3000 })
      .on('connect', () => { console.log('open'); process.exit(); })
      .on('timeout', () => { console.log('shut'); process.exit(); })
      .on('error', () => { console.log('shut'); process.exit(); })`;
    const found = (await inNamespace('exec', 'psp-0', '--', 'node', '-e', program)).trim();
    console.info(`NetworkPolicies are ${found === 'shut' ? '' : 'not '}enforced by this cluster`);
    expect(['open', 'shut']).toContain(found);
  });

  test('`destroy` leaves what is protected, and says so; without protection, nothing', async () => {
    await expect(pulumi('destroy')).rejects.toThrow('protected');
    await pulumi('destroy', ['--exclude-protected']);
    const claims = await inNamespace('get', 'persistentvolumeclaims', '--output', 'name');
    expect(claims.match(/data-nats-\d/g)).toHaveLength(3);
    await cluster.engine.unprotect(stackName);
    await pulumi('destroy');
    await until('nothing is left', async () => {
      const left = (await cluster.inventory()).filter((name) => !inventory.includes(name));
      return left.length === 0;
    });
  });
});

function expectAllCharged(report: ReportJson, orders: number): void {
  expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
  expect(report.ledger?.counts).toMatchObject({ accepted: orders, charged: orders, charges: orders });
  expect(report.ledger?.counts.projected).toEqual({ 'order-0': orders, 'order-1': orders });
  expect(report.ledger?.notChecked).toEqual([]);
}

/** A certificate and its key, without whom its holder believes. */
const ownPartOf = ({ cert, key }: NonNullable<BrokerLogin['tls']>) =>
  ({ cert, key }) as { cert: string; key: string };

/** Changes the stack's configuration, part by part, and deploys it. */
async function updateStack(changes: Readonly<Record<string, object>>): Promise<void> {
  for (const [key, change] of Object.entries(changes))
    values[key] = { ...(values[key] as object), ...change };
  await cluster.engine.configure(stackName, values);
  expect((await pulumi('up')).updated).toBeGreaterThan(0);
}

/**
 * Disturbs the platform while a load runs that must end with nothing lost.
 * @param outlasts whether the load must go on when the disturbance is over; it does when that begins
 */
async function underLoad(seconds: number, disturb: () => Promise<void>, outlasts = true): Promise<void> {
  const before = await lastOrder();
  const rate = 100;
  const load = stormproof.start('load', ...onCluster(), '--rate', `${rate}`, '--for', `${seconds}`, '--json');
  try {
    await until('the load is under way', async () => (await lastOrder()) > before + 10, 90_000);
    await disturb();
    // Otherwise this would have shown nothing.
    if (outlasts) expect(load.process.exitCode).toBeNull();
  } catch (error) {
    load.process.kill('SIGTERM');
    await load.finished;
    throw error;
  }
  const { stdout, stderr } = await load.finished;
  expect(stdout, stderr).toMatch(/^\{/);
  expectAllCharged(JSON.parse(stdout) as ReportJson, rate * seconds);
}

/** The pods that send load, as `pod/<name>`. */
async function loadPods(): Promise<readonly string[]> {
  const found = await inNamespace('get', 'pods', '--selector=app.kubernetes.io/name=load', '--output=name');
  return found.split('\n').filter((line) => line.startsWith('pod/'));
}

const lastOrder = () =>
  askBrokers(target, async (manager) => (await manager.streams.info(names.ordersStream)).state.last_seq);

const isSettled = () =>
  askBrokers(target, async (manager) => {
    const consumer = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
    return consumer.num_pending === 0 && consumer.num_ack_pending === 0;
  });
