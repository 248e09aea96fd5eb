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
  /** What its messages have that others have not: `the next schema has`. */
  readonly different: string;
  /** Whether a message on the orders stream is of this variant, and could not be of the delivered one. */
  wrote(payload: Uint8Array): boolean;
};

export const variants = {
  'order-mixed-schemas': {
    service: 'order',
    main: 'chaos/variants/order-mixed-schemas.ts',
    different: 'the schema before or after this one has',
    wrote: (payload) => decode(payload).some(isOfOtherSchema),
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
