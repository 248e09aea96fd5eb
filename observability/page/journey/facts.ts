/**
 * What streams and services know of one order, whoever sampled it or not. Times are milliseconds since the Unix epoch: that
 * of receipt by the clock of the order service, those of storing by the clocks of the brokers.
 */
export type OrderFacts = {
  readonly orderId: string;
  /** As the order service's projection has it: `accepted` while no outcome has reached it. */
  readonly state: string;
  /** Why, of an order that was not charged; else empty. */
  readonly reason: string;
  readonly runId: string;
  /** Of the order's own trace, sampled or not; absent where it carried none. */
  readonly traceId?: string;
  readonly receivedAtMs: number;
  /** The order's first message. */
  readonly stored: StoredAt;
  /** Its outcomes, the oldest first: more than one where its group was processed more than once. */
  readonly outcomes: readonly (StoredAt & { readonly state: string; readonly reason: string })[];
  readonly deadLetters: readonly (StoredAt & { readonly cause: string; readonly detail: string })[];
  /** How far payment is in the stream of orders; absent where that was not told. */
  readonly consumer?: ConsumerFacts;
  /** What was not looked through to its end, and why; empty when everything was. */
  readonly gaps: readonly string[];
};

export type StoredAt = {
  readonly stream: string;
  readonly sequence: number;
  readonly atMs: number;
  /** How many orders share the message. */
  readonly groupOrders: number;
};

export type ConsumerFacts = {
  /** The last message that was given out for the first time. */
  readonly delivered: number;
  /** Everything up to this one is acknowledged. */
  readonly ackFloor: number;
  readonly inHand: number;
  /** Of those in hand, how many were given out more than once. */
  readonly redelivered: number;
};
