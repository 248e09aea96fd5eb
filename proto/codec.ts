import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  type OrderCreated,
  OrderCreatedSchema,
  OrderGroupSchema,
  PaymentGroupSchema,
  type PaymentProcessed,
} from './gen/orders/v1/orders_pb.js';
import { FieldReader, FieldWriter, keyOf, Unusual, wireTypes } from './wire-format.ts';

/**
 * Reads and writes the two messages that every order is in, without reflection: to write an order in a group of 200 takes 0.7 µs of
 * CPU in place of 1.2, to read it 0.8 in place of 1.4, and an order is written twice and read three times. What is not plain (text beyond ASCII, fields of a later schema, groups of
 * another encoder's making, garbage) is read by `@bufbuild/protobuf`, so that there is one opinion on it, and so that nothing of
 * it is lost. The ledger reads everything that way, and would find what this got wrong.
 */

/** The value of a message without what makes it one. */
type Fields<Message> = Omit<Message, '$typeName' | '$unknown'>;

const { varint, fixed64, lengthDelimited } = wireTypes;
const elementKey = keyOf(1, lengthDelimited);

/** The largest number that is written as one here; what is larger, or negative, is left to the library. */
const integerMax = 2n ** 49n - 1n;

const writer = new FieldWriter();

const isPlainInteger = (value: bigint): boolean => value >= 0n && value <= integerMax;

const orderKeys = {
  orderId: keyOf(1, lengthDelimited),
  customerId: keyOf(2, lengthDelimited),
  totalAmount: keyOf(4, fixed64),
  amountMinor: keyOf(10, varint),
  currency: keyOf(11, lengthDelimited),
  clientId: keyOf(12, lengthDelimited),
  idempotencyKey: keyOf(13, lengthDelimited),
  chargeKey: keyOf(14, lengthDelimited),
  traceparent: keyOf(15, lengthDelimited),
  runId: keyOf(16, lengthDelimited),
  receivedAtMs: keyOf(17, varint),
} as const;

/** @returns an OrderGroup, as JetStream carries it */
export function encodeOrderGroup(orders: readonly Fields<OrderCreated>[]): Uint8Array {
  if (!orders.every((order) => isPlainInteger(order.amountMinor) && isPlainInteger(order.receivedAtMs))) {
    return toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [...orders] }));
  }
  writer.reset();
  for (const order of orders) writer.nested(elementKey, () => writeOrder(order));
  return writer.finish();
}

function writeOrder(order: Fields<OrderCreated>): void {
  writer.string(orderKeys.orderId, order.orderId);
  writer.string(orderKeys.customerId, order.customerId);
  writer.double(orderKeys.totalAmount, order.totalAmount);
  writer.integer(orderKeys.amountMinor, Number(order.amountMinor));
  writer.string(orderKeys.currency, order.currency);
  writer.string(orderKeys.clientId, order.clientId);
  writer.string(orderKeys.idempotencyKey, order.idempotencyKey);
  writer.string(orderKeys.chargeKey, order.chargeKey);
  writer.string(orderKeys.traceparent, order.traceparent);
  writer.string(orderKeys.runId, order.runId);
  writer.integer(orderKeys.receivedAtMs, Number(order.receivedAtMs));
}

/** No message has more orders. What has is no group of orders: each of a million empty ones would be an outcome. */
export const groupOrdersMax = 1_024;

/** Of what outcomes echo; whole groups of them must fit into a message. UTF-16 units. */
const echoedLengthMax = 64;

/**
 * The orders of an OrderGroup that can be read.
 * @throws when the bytes are no OrderGroup
 */
export function decodeOrderGroup(bytes: Uint8Array): readonly OrderCreated[] {
  return decodeOrders(bytes).filter((order): order is OrderCreated => !(order instanceof Uint8Array));
}

/**
 * The orders of an OrderGroup, each where it stands. In place of one that cannot be read, that names no order
 * (1 to 64 UTF-16 units of `order_id`), or that has integers beyond 2^53 or more than 64 units of `currency` or `run_id`, are its
 * bytes: it is no reason to lose its neighbours.
 *
 * @throws when the bytes are no OrderGroup, or have more than {@link groupOrdersMax} orders
 */
export function decodeOrders(bytes: Uint8Array): readonly (OrderCreated | Uint8Array)[] {
  const orders = readElements(bytes, readOrder);
  if (orders === undefined || !orders.every(isNamed)) return decodeOrdersByLibrary(bytes);
  return withinMax(orders);
}

/** As {@link decodeOrders}, without code of its own: the opinion that the ledger has. */
export function decodeOrdersByLibrary(bytes: Uint8Array): readonly (OrderCreated | Uint8Array)[] {
  const reader = new BinaryReader(bytes);
  const orders: (OrderCreated | Uint8Array)[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== 1) {
      reader.skip(wireType, field);
      continue;
    }
    if (wireType !== WireType.LengthDelimited) throw new TypeError(`field 1 has wire type ${wireType}`);
    orders.push(readOrderByLibrary(reader.bytes()));
    withinMax(orders);
  }
  return orders;
}

function readOrderByLibrary(bytes: Uint8Array): OrderCreated | Uint8Array {
  try {
    const order = fromBinary(OrderCreatedSchema, bytes);
    return isNamed(order) && isExact(order.amountMinor) && isExact(order.receivedAtMs) ? order : bytes;
  } catch {
    return bytes;
  }
}

/** Whether every reader can hold it: numbers and SQLite's integers lose what is beyond, or refuse it. */
function isExact(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

function isNamed({ orderId, currency, runId }: OrderCreated): boolean {
  return (
    orderId.length > 0 &&
    orderId.length <= echoedLengthMax &&
    currency.length <= echoedLengthMax &&
    runId.length <= echoedLengthMax
  );
}

function withinMax<Element>(orders: readonly Element[]): readonly Element[] {
  if (orders.length <= groupOrdersMax) return orders;
  throw new RangeError(`a message has more than ${groupOrdersMax} orders`);
}

function readOrder(reader: FieldReader, end: number): OrderCreated {
  const order: OrderCreated = {
    $typeName: 'orders.v1.OrderCreated',
    orderId: '',
    customerId: '',
    totalAmount: 0,
    amountMinor: 0n,
    currency: '',
    clientId: '',
    idempotencyKey: '',
    chargeKey: '',
    traceparent: '',
    runId: '',
    receivedAtMs: 0n,
  };
  while (reader.position < end) {
    switch (reader.key()) {
      case orderKeys.orderId:
        order.orderId = reader.string(end);
        break;
      case orderKeys.customerId:
        order.customerId = reader.string(end);
        break;
      case orderKeys.totalAmount:
        order.totalAmount = reader.double(end);
        break;
      case orderKeys.amountMinor:
        order.amountMinor = BigInt(reader.varint());
        break;
      case orderKeys.currency:
        order.currency = reader.string(end);
        break;
      case orderKeys.clientId:
        order.clientId = reader.string(end);
        break;
      case orderKeys.idempotencyKey:
        order.idempotencyKey = reader.string(end);
        break;
      case orderKeys.chargeKey:
        order.chargeKey = reader.string(end);
        break;
      case orderKeys.traceparent:
        order.traceparent = reader.string(end);
        break;
      case orderKeys.runId:
        order.runId = reader.string(end);
        break;
      case orderKeys.receivedAtMs:
        order.receivedAtMs = BigInt(reader.varint());
        break;
      default:
        throw new Unusual('a field that is not known here');
    }
  }
  return order;
}

const paymentKeys = {
  orderId: keyOf(1, lengthDelimited),
  status: keyOf(3, lengthDelimited),
  terminalState: keyOf(10, varint),
  reason: keyOf(11, lengthDelimited),
  chargeId: keyOf(12, lengthDelimited),
  amountMinor: keyOf(13, varint),
  currency: keyOf(14, lengthDelimited),
  traceparent: keyOf(15, lengthDelimited),
  runId: keyOf(16, lengthDelimited),
  receivedAtMs: keyOf(17, varint),
} as const;

/** @returns a PaymentGroup, as JetStream carries it */
export function encodePaymentGroup(payments: readonly Fields<PaymentProcessed>[]): Uint8Array {
  if (!payments.every((each) => isPlainInteger(each.amountMinor) && isPlainInteger(each.receivedAtMs))) {
    return toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments: [...payments] }));
  }
  writer.reset();
  for (const payment of payments) writer.nested(elementKey, () => writePayment(payment));
  return writer.finish();
}

function writePayment(payment: Fields<PaymentProcessed>): void {
  writer.string(paymentKeys.orderId, payment.orderId);
  writer.string(paymentKeys.status, payment.status);
  writer.integer(paymentKeys.terminalState, payment.terminalState);
  writer.string(paymentKeys.reason, payment.reason);
  writer.string(paymentKeys.chargeId, payment.chargeId);
  writer.integer(paymentKeys.amountMinor, Number(payment.amountMinor));
  writer.string(paymentKeys.currency, payment.currency);
  writer.string(paymentKeys.traceparent, payment.traceparent);
  writer.string(paymentKeys.runId, payment.runId);
  writer.integer(paymentKeys.receivedAtMs, Number(payment.receivedAtMs));
}

/** @throws when the bytes are no PaymentGroup, or have integers beyond 2^53 */
export function decodePaymentGroup(bytes: Uint8Array): readonly PaymentProcessed[] {
  const plain = readElements(bytes, readPayment);
  if (plain !== undefined) return plain;
  const { payments } = fromBinary(PaymentGroupSchema, bytes);
  if (payments.every((each) => isExact(each.amountMinor) && isExact(each.receivedAtMs))) return payments;
  throw new RangeError('an outcome has an integer beyond 2^53');
}

function readPayment(reader: FieldReader, end: number): PaymentProcessed {
  const payment: PaymentProcessed = {
    $typeName: 'orders.v1.PaymentProcessed',
    orderId: '',
    status: '',
    terminalState: 0,
    reason: '',
    chargeId: '',
    amountMinor: 0n,
    currency: '',
    traceparent: '',
    runId: '',
    receivedAtMs: 0n,
  };
  while (reader.position < end) {
    switch (reader.key()) {
      case paymentKeys.orderId:
        payment.orderId = reader.string(end);
        break;
      case paymentKeys.status:
        payment.status = reader.string(end);
        break;
      case paymentKeys.terminalState:
        payment.terminalState = readEnum(reader);
        break;
      case paymentKeys.reason:
        payment.reason = reader.string(end);
        break;
      case paymentKeys.chargeId:
        payment.chargeId = reader.string(end);
        break;
      case paymentKeys.amountMinor:
        payment.amountMinor = BigInt(reader.varint());
        break;
      case paymentKeys.currency:
        payment.currency = reader.string(end);
        break;
      case paymentKeys.traceparent:
        payment.traceparent = reader.string(end);
        break;
      case paymentKeys.runId:
        payment.runId = reader.string(end);
        break;
      case paymentKeys.receivedAtMs:
        payment.receivedAtMs = BigInt(reader.varint());
        break;
      default:
        throw new Unusual('a field that is not known here');
    }
  }
  return payment;
}

/** Enums are 32 bits wide. @throws Unusual when it is wider */
function readEnum(reader: FieldReader): number {
  const value = reader.varint();
  if (value > 0x7f_ff_ff_ff) throw new Unusual('an enum of more than 31 bits');
  return value;
}

/** @returns undefined when something in it is unusual */
function readElements<Element>(
  bytes: Uint8Array,
  read: (reader: FieldReader, end: number) => Element,
): readonly Element[] | undefined {
  const reader = new FieldReader(bytes);
  const elements: Element[] = [];
  try {
    while (reader.position < reader.length) {
      if (reader.key() !== elementKey) return undefined;
      const end = reader.end(reader.length);
      elements.push(read(reader, end));
      if (reader.position !== end) return undefined;
    }
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
  return elements;
}
