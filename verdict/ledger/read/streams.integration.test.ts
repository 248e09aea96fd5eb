import { create, toBinary } from '@bufbuild/protobuf';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DeadLetterSchema,
  OrderGroupSchema,
  PaymentGroupSchema,
  TerminalState,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import { ensureTools } from '../../../tools/index.ts';
import { names } from '../../../topology/platform.ts';
import { startBroker, type TestBroker } from '../fixtures/broker.ts';
import { OrderTable } from '../order-table.ts';
import { readRest, readStreams } from './streams.ts';

let broker: TestBroker;
let connection: NatsConnection;
let manager: JetStreamManager;

beforeAll(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  broker = await startBroker(tools['nats-server']);
  connection = await connect({ servers: broker.url });
  manager = await jetstreamManager(connection);
});

afterAll(async () => {
  await connection.close();
  await broker.stop();
});

const streams = [
  [names.ordersStream, names.ordersSubject],
  [names.outcomesStream, names.outcomesSubject],
  [names.deadLettersStream, names.deadLettersSubject],
] as const;

beforeEach(async () => {
  for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
  for (const [name, subject] of streams) await manager.streams.add({ name, subjects: [subject] });
});

const idOf = (order: number) => order.toString(16).padStart(32, '0');

function order(number: number, runId = 'r1') {
  return {
    orderId: idOf(number),
    customerId: 'c',
    amountMinor: BigInt(number * 100),
    currency: 'EUR',
    chargeKey: `key-${number}`,
    runId,
  };
}

const publish = (subject: string, bytes: Uint8Array) => manager.jetstream().publish(subject, bytes);
const storeOrders = (...orders: ReturnType<typeof order>[]) =>
  publish(names.ordersSubject, toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders })));
const storeOutcomes = (...orders: ReturnType<typeof order>[]) => {
  const payments = orders.map(({ customerId: _, chargeKey: __, ...own }) => ({
    ...own,
    status: 'charged',
    terminalState: TerminalState.CHARGED,
    chargeId: 'ch',
  }));
  return publish(
    names.outcomesSubject,
    toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments })),
  );
};

const read = (table: OrderTable, starts = {}, runId: string | undefined = 'r1') =>
  readStreams(table, connection, { runId, starts });

describe('readStreams', () => {
  it('reads every group of the run, of this run only, from every stream', async () => {
    await storeOrders(order(1), order(2), order(9, 'another-run'));
    await storeOrders(order(3), order(1));
    await storeOutcomes(order(1), order(9, 'another-run'));
    const letter = create(DeadLetterSchema, { order: order(3), cause: 'charge_failed' });
    await publish(names.deadLettersSubject, toBinary(DeadLetterSchema, letter));

    const table = new OrderTable();
    const { states, messages, undecodable, orderlessDeadLetters } = await read(table);
    expect(states).toEqual({
      orders: { kind: 'whole' },
      outcomes: { kind: 'whole' },
      'dead-letters': { kind: 'whole' },
    });
    expect(messages).toEqual({ ORDERS: 2, OUTCOMES: 1, DEAD_LETTERS: 1 });
    expect([undecodable, orderlessDeadLetters]).toEqual([[], []]);
    expect(table.size).toBe(3);
    const view = table.view();
    expect(view.moveTo(0)).toMatchObject({ id: idOf(1), copies: 2, position: 1, outcomes: 1 });
    expect(view.moveTo(0).money(view.storedMoney)).toBe('100 EUR');
    expect(view.moveTo(1)).toMatchObject({ id: idOf(2), copies: 1, outcomes: 0 });
    expect(view.moveTo(2)).toMatchObject({ id: idOf(3), position: 2, deadLetters: 1 });
  });

  it('begins where it is told, and reads all runs when none is named', async () => {
    await storeOrders(order(1));
    await storeOrders(order(2, 'another-run'));
    const table = new OrderTable();
    const { messages } = await readStreams(table, connection, { runId: undefined, starts: { orders: 2 } });
    expect(messages.ORDERS).toBe(1);
    expect(table.view().moveTo(0).id).toBe(idOf(2));
  });

  it('is content with streams that hold nothing', async () => {
    const { states, messages } = await read(new OrderTable(), { orders: 1, outcomes: 1, deadLetters: 1 });
    expect(states.orders).toEqual({ kind: 'whole' });
    expect(messages).toEqual({ ORDERS: 0, OUTCOMES: 0, DEAD_LETTERS: 0 });
  });

  it('reports what it cannot read, and reads on', async () => {
    await publish(names.ordersSubject, new Uint8Array([0xff, 0xff, 0xff]));
    await publish(names.ordersSubject, new Uint8Array(0));
    await storeOrders(order(1));
    const payment = { ...order(1), status: 'shipped' };
    const group = create(PaymentGroupSchema, {
      payments: [{ orderId: payment.orderId, runId: 'r1', status: 'shipped' }],
    });
    await publish(names.outcomesSubject, toBinary(PaymentGroupSchema, group));
    const letter = create(DeadLetterSchema, {
      raw: new Uint8Array([1]),
      cause: 'undecodable',
      detail: 'no group',
    });
    await publish(names.deadLettersSubject, toBinary(DeadLetterSchema, letter));

    const table = new OrderTable();
    const { undecodable, orderlessDeadLetters } = await read(table);
    expect(undecodable.map(({ stream, sequence }) => [stream, sequence])).toEqual([
      ['ORDERS', 1],
      ['ORDERS', 2],
      ['OUTCOMES', 1],
    ]);
    expect(undecodable[2]?.problem).toContain('no terminal state');
    expect(orderlessDeadLetters).toEqual([
      { stream: 'DEAD_LETTERS', sequence: 1, problem: 'undecodable: no group' },
    ]);
    expect(table.view().moveTo(0)).toMatchObject({ id: idOf(1), copies: 1, outcomes: 0 });
  });

  it('says that messages were removed from the middle', async () => {
    for (const number of [1, 2, 3]) await storeOrders(order(number));
    await manager.streams.deleteMessage(names.ordersStream, 2);
    expect((await read(new OrderTable(), { orders: 1 })).states.orders).toEqual({
      kind: 'whole',
      remark: '1 messages have been removed from the middle of stream ORDERS',
    });
  });

  it('says that the stream has moved on past the beginning of the run', async () => {
    for (const number of [1, 2, 3]) await storeOrders(order(number));
    await manager.streams.purge(names.ordersStream, { seq: 3 });
    const table = new OrderTable();
    const { states } = await read(table, { orders: 1 });
    expect(states.orders).toMatchObject({ kind: 'part', why: expect.stringContaining('has moved on') });
    expect(table.size).toBe(1);
  });

  it('reads what is left of a stream that lost its end', async () => {
    await storeOrders(order(1));
    const table = new OrderTable();
    const { states } = await read(table, { orders: 5 });
    expect(states.orders).toMatchObject({
      kind: 'whole',
      remark: expect.stringContaining('before its end when'),
    });
    expect(table.size).toBe(1);
  });

  it('says that a stream does not exist', async () => {
    await manager.streams.delete(names.outcomesStream);
    await storeOrders(order(1));
    const { states } = await read(new OrderTable());
    expect(states.outcomes).toMatchObject({ kind: 'failed', why: expect.stringContaining('OUTCOMES') });
    expect(states.orders).toEqual({ kind: 'whole' });
  });

  it('takes a stream that is gone since the run began for one that lost everything', async () => {
    await storeOrders(order(1));
    const { ends } = await read(new OrderTable(), { orders: 1, outcomes: 1 });
    await manager.streams.delete(names.ordersStream);
    const table = new OrderTable();
    const { states, messages } = await read(table, { orders: 1, outcomes: 1 });
    expect(states.orders).toEqual({
      kind: 'whole',
      remark: 'stream ORDERS is there no more; it ended at 0 when the run began',
    });
    expect([messages.ORDERS, table.size]).toEqual([0, 0]);
    expect(await readRest(connection, ends)).toEqual({ kind: 'whole' });
  });

  it('says of every stream why it cannot be read when the brokers are gone', async () => {
    await storeOrders(order(1));
    const other = await connect({ servers: broker.url });
    const { ends } = await readStreams(new OrderTable(), other, { runId: 'r1', starts: {} });
    await other.close();
    const { states } = await readStreams(new OrderTable(), other, { runId: 'r1', starts: {} });
    for (const [source, stream] of [
      ['orders', 'ORDERS'],
      ['outcomes', 'OUTCOMES'],
      ['dead-letters', 'DEAD_LETTERS'],
    ] as const) {
      expect(states[source]).toEqual({ kind: 'failed', why: `stream ${stream}: closed connection` });
    }
    expect(await readRest(other, ends)).toMatchObject({
      kind: 'part',
      why: expect.stringContaining('is not known'),
    });
  });

  it('leaves no consumer behind', async () => {
    for (let number = 1; number <= 300; number++) await storeOrders(order(number));
    const table = new OrderTable();
    await read(table);
    expect(table.size).toBe(300);
    expect((await manager.streams.info(names.ordersStream)).state.consumer_count).toBe(0);
  });
});
