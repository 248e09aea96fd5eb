import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type OrderGroup,
  OrderGroupSchema,
  PaymentGroupSchema,
} from '../../proto/gen/orders/v1/orders_pb.js';

/** A field of OrderCreated that no schema has yet. */
export const membershipField = 1_000;
/** The same of OrderGroup. */
const originField = 1_001;

/** A group as the next schema may have it: with a field more in each order, and one in the group. */
export function toNextSchema(payload: Uint8Array): Uint8Array {
  const group = read(payload);
  for (const order of group.orders) order.$unknown = [textField(membershipField, 'gold')];
  group.$unknown = [textField(originField, 'web')];
  return toBinary(OrderGroupSchema, group);
}

/** A group as the schema before may have had it: without the fields that nothing needs to settle an order. */
export function toPreviousSchema(payload: Uint8Array): Uint8Array {
  const group = read(payload);
  for (const order of group.orders) {
    order.idempotencyKey = '';
    order.traceparent = '';
  }
  return toBinary(OrderGroupSchema, group);
}

/** Outcomes as the next schema may have them. */
export function outcomesToNextSchema(payload: Uint8Array): Uint8Array {
  const group = fromBinary(PaymentGroupSchema, payload);
  for (const payment of group.payments) payment.$unknown = [textField(membershipField, 'gold')];
  group.$unknown = [textField(originField, 'web')];
  return toBinary(PaymentGroupSchema, group);
}

/** Outcomes as the schema before may have had them: without the fields that nothing needs to tell how an order ended. */
export function outcomesToPreviousSchema(payload: Uint8Array): Uint8Array {
  const group = fromBinary(PaymentGroupSchema, payload);
  for (const payment of group.payments) {
    payment.traceparent = '';
    payment.receivedAtMs = 0n;
  }
  return toBinary(PaymentGroupSchema, group);
}

function read(payload: Uint8Array): OrderGroup {
  return fromBinary(OrderGroupSchema, payload);
}

function textField(no: number, text: string) {
  return { no, wireType: WireType.LengthDelimited, data: new BinaryWriter().string(text).finish() };
}
