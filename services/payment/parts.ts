import type { NatsConnection } from '@nats-io/nats-core';
import { encodePaymentGroup } from '../../proto/codec.ts';
import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { type Breaker, type BreakerState, createBreaker } from '../runtime/index.ts';
import { defaultFailureRule, type FailureRule } from './failures.ts';
import type { PaymentProvider } from './providers/provider.ts';
import { createPspProvider } from './providers/psp.ts';
import type { Delivery } from './pull.ts';

/** What is done to one group, each step once. */
export type GroupSteps = {
  /** Brings every order of the group to a decision; resolves when the provider's effects are certain. */
  decide(): Promise<void>;
  /** Publishes dead letters, then outcomes; resolves when the brokers have acknowledged all of them. */
  publish(): Promise<void>;
  /** Tells JetStream that the group is done; resolves when it has taken note. */
  acknowledge(): Promise<void>;
};

/**
 * The decisions that "none lost, none charged twice" rests on, as parts of their own, so that a sabotage composition
 * can pass a wrong one and show that the checks notice.
 */
export type PaymentParts = {
  /** The order of effects on one group. */
  readonly settle: (steps: GroupSteps) => Promise<void>;
  /** The idempotency key under which an order is charged; the same for every attempt. */
  readonly chargeKeyOf: (order: OrderCreated) => string;
  /** The message id of the outcomes of groups that are stored together; the same for every attempt. */
  readonly outcomeMessageId: (ordersSequences: readonly number[]) => string;
  /** The outcomes of a group as JetStream carries them. */
  readonly encodeOutcomes: typeof encodePaymentGroup;
  readonly createProvider: (options: {
    readonly baseUrl: string;
    readonly deadlineMs: number;
  }) => PaymentProvider;
  readonly createBreaker: (options: { readonly name: string; readonly resetMs: number }) => Breaker;
  /** When the order is blamed for a failure, and not the provider. */
  readonly failureRule: FailureRule;
  /** How many groups may be asked for, those on their way included. */
  readonly room: (now: {
    readonly breaker: BreakerState;
    readonly held: number;
    readonly groupsMax: number;
  }) => number;
  /** What becomes of a group that was delivered. */
  readonly receive: (
    delivery: Delivery,
    /** Takes charge of it: it is held until it is done. */
    take: (delivery: Delivery) => void,
    connection: NatsConnection,
  ) => void;
};

export const rightParts: PaymentParts = {
  settle: async (steps) => {
    await steps.decide();
    await steps.publish();
    await steps.acknowledge();
  },
  chargeKeyOf: (order) => order.chargeKey,
  outcomeMessageId: (ordersSequences) => `outcome:${ordersSequences.join('+')}`,
  encodeOutcomes: encodePaymentGroup,
  createProvider: createPspProvider,
  createBreaker,
  failureRule: defaultFailureRule,
  // What is not asked for uses up no delivery, however long the provider is away.
  room: ({ breaker, held, groupsMax }) => (breaker === 'open' ? 0 : groupsMax - held),
  receive: (delivery, take) => take(delivery),
};
