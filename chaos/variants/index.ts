/**
 * Other versions of the services that are right, as they run beside the delivered ones while a deployment goes on. Each is
 * another `main.ts`; the services themselves contain no switch. What they have in common with sabotage ends there: no
 * check may mind them. A new one is a file here and a row below.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { type OrderCreated, OrderGroupSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import { membershipField } from './schema.ts';

export type Variant = {
  readonly service: string;
  /** Its composition root, a path from the repository's root. */
  readonly main: string;
  /** What no delivered version does, as a sentence: `the newest message of orders has what the next schema has`. */
  readonly sign: string;
  /** Whether the streams show that sign. */
  isSeen(streams: Sightings): boolean;
};

/** What the streams show of the services that use them. */
export type Sightings = {
  /** The newest message of orders; no bytes while there is none. */
  readonly newestOrders: Uint8Array;
  /** How many groups of orders came again since before the restart. */
  readonly redeliveries: number;
};

/** A restart makes those groups come again that payment held, 16 unless it is told otherwise; more than these are no accident. */
const redeliveriesOfRestartMax = 100;

export const variants = {
  'order-mixed-schemas': {
    service: 'order',
    main: 'chaos/variants/order-mixed-schemas.ts',
    sign: 'the newest message of orders has what the schema before or after this one has',
    isSeen: ({ newestOrders }) => decode(newestOrders).some(isOfOtherSchema),
  },
  'payment-turns-away': {
    service: 'payment',
    main: 'chaos/variants/payment-turns-away.ts',
    sign: 'groups of orders come a second time',
    isSeen: ({ redeliveries }) => redeliveries > redeliveriesOfRestartMax,
  },
} as const satisfies Readonly<Record<string, Variant>>;

export type VariantName = keyof typeof variants;

function decode(payload: Uint8Array): readonly OrderCreated[] {
  try {
    return fromBinary(OrderGroupSchema, payload).orders;
  } catch {
    // No version of the service writes what cannot be decoded: somebody else put it there.
    return [];
  }
}

function isOfOtherSchema({ idempotencyKey, $unknown = [] }: OrderCreated): boolean {
  return idempotencyKey === '' || $unknown.some(({ no }) => no === membershipField);
}
