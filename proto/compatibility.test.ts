import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import {
  OrderCreatedSchema,
  OrderGroupSchema,
  PaymentGroupSchema,
  PaymentProcessedSchema,
  TerminalState,
} from './gen/orders/v1/orders_pb.js';
import { toMajorUnits } from './money.ts';

const { STRING, DOUBLE } = FieldDescriptorProto_Type;

/** The schema that the platform started from, as programs that were never updated know it. */
const original = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      {
        name: 'original.proto',
        syntax: 'proto3',
        messageType: [
          message('OrderCreated', [
            ['order_id', 1, STRING],
            ['customer_id', 2, STRING],
            ['total_amount', 4, DOUBLE],
          ]),
          message('PaymentProcessed', [
            ['order_id', 1, STRING],
            ['status', 3, STRING],
          ]),
        ],
      },
    ],
  }),
);

function message(
  name: string,
  fields: readonly (readonly [name: string, number: number, type: FieldDescriptorProto_Type])[],
) {
  return {
    name,
    field: fields.map(([field, number, type]) => ({
      name: field,
      number,
      type,
      label: FieldDescriptorProto_Label.OPTIONAL,
    })),
  };
}

function originalMessage(name: string): DescMessage {
  const found = original.getMessage(name);
  if (found === undefined) throw new Error(`the original schema has no message ${name}`);
  return found;
}

/** Reads bytes as a program of the original schema would. */
function readAsOriginal(name: string, bytes: Uint8Array): Record<string, unknown> {
  const schema = originalMessage(name);
  const view = reflect(schema, fromBinary(schema, bytes));
  return Object.fromEntries(schema.fields.map((field) => [field.name, view.get(field)]));
}

/** The bytes of each element of a group's one repeated field. */
function elementsOf(group: Uint8Array): Uint8Array[] {
  const reader = new BinaryReader(group);
  const elements: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    expect(field).toBe(1);
    elements.push(reader.bytes());
  }
  return elements;
}

test('bytes written by the original OrderCreated are read here', () => {
  // order_id "o-1", customer_id "c-1", total_amount 19.99, as protoc's encoder writes them.
  const bytes = Buffer.from('0a036f2d311203632d31213d0ad7a370fd3340', 'hex');
  const order = fromBinary(OrderCreatedSchema, bytes);
  expect(order).toMatchObject({ orderId: 'o-1', customerId: 'c-1', totalAmount: 19.99, amountMinor: 0n });
});

test('bytes written by the original PaymentProcessed are read here', () => {
  const bytes = Buffer.from('0a036f2d311a0763686172676564', 'hex');
  const payment = fromBinary(PaymentProcessedSchema, bytes);
  expect(payment).toMatchObject({
    orderId: 'o-1',
    status: 'charged',
    terminalState: TerminalState.UNSPECIFIED,
  });
});

test('the original reads each order of a group written here', () => {
  const amounts = [1_999, 5, 100_000];
  const group = create(OrderGroupSchema, {
    orders: amounts.map((amountMinor, index) => ({
      orderId: `o-${index}`,
      customerId: `c-${index}`,
      totalAmount: toMajorUnits(amountMinor, 'EUR'),
      amountMinor: BigInt(amountMinor),
      currency: 'EUR',
      chargeKey: 'k',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    })),
  });
  const read = elementsOf(toBinary(OrderGroupSchema, group)).map((bytes) =>
    readAsOriginal('OrderCreated', bytes),
  );
  expect(read).toEqual([
    { order_id: 'o-0', customer_id: 'c-0', total_amount: 19.99 },
    { order_id: 'o-1', customer_id: 'c-1', total_amount: 0.05 },
    { order_id: 'o-2', customer_id: 'c-2', total_amount: 1_000 },
  ]);
});

test('the original reads each outcome of a group written here', () => {
  const group = create(PaymentGroupSchema, {
    payments: [
      { orderId: 'o-0', status: 'charged', terminalState: TerminalState.CHARGED, chargeId: 'ch-1' },
      { orderId: 'o-1', status: 'declined', terminalState: TerminalState.DECLINED, reason: 'limit' },
    ],
  });
  const read = elementsOf(toBinary(PaymentGroupSchema, group)).map((bytes) =>
    readAsOriginal('PaymentProcessed', bytes),
  );
  expect(read).toEqual([
    { order_id: 'o-0', status: 'charged' },
    { order_id: 'o-1', status: 'declined' },
  ]);
});
