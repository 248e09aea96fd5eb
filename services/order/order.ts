/** An order on its way to the stream, complete and valid. */
export type Order = {
  /** Derived from client, key and body (proto/identity.ts). */
  readonly orderId: string;
  /** Derived from client and key: one key of one client is charged once. */
  readonly chargeKey: string;
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Empty for customers' orders. */
  readonly runId: string;
  readonly traceparent: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
};

/** What an order can be, by the number under which the projection keeps it: that of proto's TerminalState. */
export const orderStates = ['accepted', 'charged', 'declined', 'conflict', 'dead-lettered'] as const;

export type OrderState = (typeof orderStates)[number];
