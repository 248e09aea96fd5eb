import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderGroupSchema, PaymentGroupSchema, TerminalState } from '../../proto/gen/orders/v1/orders_pb.js';
import { deriveChargeKey } from '../../proto/identity.ts';
import { ensureTools } from '../../tools/index.ts';
import { names } from '../../topology/platform.ts';
import type { AttemptRecord, RunManifest } from '../history.ts';
import { workloadOrder } from '../workload.ts';
import { auditRun } from './audit.ts';
import { startBroker, type TestBroker } from './fixtures/broker.ts';
import { attemptFact, type HistorySource } from './read/history.ts';
import { whole } from './sources.ts';

const orders = 1_000;
/** What the platform of this test does wrong: one order each. */
const lost = 999;
const dropped = 400;

const manifest: RunManifest = {
  runId: 'audit-test',
  client: 'recorder',
  clientId: 'stormproof-load',
  rate: 1_000,
  durationSeconds: 1,
  planned: orders,
  seed: 1,
  startedAtMs: 1_700_000_000_000,
  finished: { endedAtMs: 1_700_000_001_000, attempted: orders, dropped: 0, cpuUs: 1, wasInterrupted: false },
};

const facts = Array.from({ length: orders }, (_, index) => attemptFact(manifest, acceptedRecord(index)));
const history: HistorySource = { manifest, batches: readBatches };

let broker: TestBroker;
let connection: NatsConnection;
/** Stores the lost order after all, once the streams have been read. */
let storeLate: (() => Promise<void>) | undefined;
const server = createServer(async (request, response) => {
  const isProjection = request.url?.startsWith('/admin/projection') === true;
  if (!isProjection) await storeLate?.();
  const isLate = storeLate !== undefined;
  const rows = facts.filter(
    ({ index }) => (isLate || index !== lost) && !(isProjection && index === dropped),
  );
  const lines = rows.map((fact) => JSON.stringify(listingRow(fact)));
  response.end(`${[...lines, JSON.stringify({ end: true, rows: rows.length })].join('\n')}\n`);
});
let url: string;

beforeAll(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  broker = await startBroker(tools['nats-server']);
  connection = await connect({ servers: broker.url });
  await storeAll(connection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await connection.close();
  await broker.stop();
});

describe('auditRun', () => {
  const sources = () => ({
    connection,
    providerAdminUrl: url,
    orderAdminUrls: { 'order-0': url },
    drain: whole,
  });

  it('names the order that was lost and the one that the projection dropped', async () => {
    const steps: string[] = [];
    const result = await auditRun({
      ...sources(),
      runId: manifest.runId,
      history,
      onProgress: ({ step }) => steps.push(step),
    });
    expect(result.verdict).toBe('FAIL');
    expect(result.findings.map(({ invariant, breaches }) => [invariant, breaches])).toEqual([
      ['lost', { postfix: 1 }],
      ['projection-disagrees', { 'order-0: missing': 1 }],
    ]);
    expect(result.findings.map(({ samples }) => samples[0]?.subject)).toEqual([
      facts[lost]?.orderId,
      facts[dropped]?.orderId,
    ]);
    expect(result.counts).toMatchObject({ accepted: orders, stored: orders - 1, charged: orders - 1 });
    expect([...new Set(steps)]).toEqual([
      'client history',
      'stream ORDERS',
      'stream OUTCOMES',
      "the provider's ledger",
      'projection of order-0',
      'checking',
    ]);
  });

  it('audits the same run without client history, which cannot see the loss', async () => {
    const result = await auditRun({ ...sources(), runId: manifest.runId });
    expect(result.findings.map(({ invariant }) => invariant)).toEqual(['projection-disagrees']);
    expect(result.notChecked.map(({ invariant }) => invariant)).toContain('lost');
  });

  it('does not judge a run whose generator died', async () => {
    const { finished: _, ...unfinished } = manifest;
    const died = { manifest: unfinished, batches: readBatches };
    const result = await auditRun({ ...sources(), runId: manifest.runId, history: died });
    expect(result.gaps).toEqual(['history: the generator died before it finished']);
    expect(result.notChecked.map(({ invariant }) => invariant)).toEqual(['phantom']);
  });

  it('passes nothing for a run of which nothing is stored', async () => {
    const result = await auditRun({ ...sources(), runId: 'no-such-run', orderAdminUrls: {} });
    expect(result.verdict).not.toBe('PASS');
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('the user pressed Ctrl-C');
    const audit = auditRun({
      ...sources(),
      runId: manifest.runId,
      history,
      signal: AbortSignal.abort(reason),
    });
    await expect(audit).rejects.toBe(reason);
  });

  it('blames nobody for an order that is stored and charged while it reads', async () => {
    storeLate = () => store(connection, facts.slice(lost));
    const result = await auditRun({ ...sources(), runId: manifest.runId });
    expect(result.findings).toEqual([]);
    expect(result.gaps).toEqual(['drain: stream ORDERS went on from 10 to 11 while the audit read']);
    expect(result.verdict).toBe('INCONCLUSIVE');
  });
});

function acceptedRecord(index: number): AttemptRecord {
  const answers = [{ status: 201, isDefinite: true, sentAfterUs: 1, answeredAfterUs: 2 }];
  return { index, outcome: 'accepted', orderId: undefined, streamSequence: 0, intendedAtUs: index, answers };
}

async function* readBatches() {
  yield facts.map(({ index, orderId }) => ({ ...acceptedRecord(index), orderId }));
}

function listingRow({ orderId, index, amountMinor, currency }: (typeof facts)[number]) {
  const chargeKey = deriveChargeKey(manifest.clientId, workloadOrder(manifest.runId, index).idempotencyKey);
  return {
    order_id: orderId,
    charge_key: chargeKey,
    amount_minor: amountMinor,
    currency,
    state: 'charged',
    charge_id: `ch-${index}`,
    run_id: manifest.runId,
  };
}

/** Makes the streams and stores all but one order. */
async function storeAll(to: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(to);
  await manager.streams.add({ name: names.ordersStream, subjects: [names.ordersSubject] });
  await manager.streams.add({ name: names.outcomesStream, subjects: [names.outcomesSubject] });
  await manager.streams.add({ name: names.deadLettersStream, subjects: [names.deadLettersSubject] });
  await store(
    to,
    facts.filter(({ index }) => index !== lost),
  );
}

/** Stores orders and their outcomes, in groups of a hundred. */
async function store(to: NatsConnection, some: typeof facts): Promise<void> {
  const manager = await jetstreamManager(to);
  const rows = some.map(listingRow);
  for (let from = 0; from < rows.length; from += 100) {
    const group = rows.slice(from, from + 100).map((row) => ({
      orderId: row.order_id,
      chargeKey: row.charge_key,
      amountMinor: BigInt(row.amount_minor),
      currency: row.currency,
      runId: row.run_id,
      terminalState: TerminalState.CHARGED,
      chargeId: row.charge_id,
    }));
    const created = group.map(({ terminalState: _, chargeId: __, ...order }) => order);
    const processed = group.map(({ chargeKey: _, ...payment }) => payment);
    const orderGroup = toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: created }));
    const paymentGroup = toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments: processed }));
    await manager.jetstream().publish(names.ordersSubject, orderGroup);
    await manager.jetstream().publish(names.outcomesSubject, paymentGroup);
  }
}
