/** How one order ended, before it is published. */
export type Decision =
  | { readonly state: 'charged'; readonly chargeId: string }
  | { readonly state: 'declined'; readonly reason: string }
  | { readonly state: 'conflict'; readonly reason: string }
  | DeadLettered;

/** What could not be processed. */
export type DeadLettered = {
  readonly state: 'dead-lettered';
  readonly cause: Cause;
  /** The cause for a person. */
  readonly detail: string;
};

/** Why something is in the dead-letter stream; also the reason in the order's outcome. */
export const causes = [
  /** The message is no group of orders. */
  'undecodable',
  /** `total_amount` says another amount than `amount_minor`. */
  'amount_mismatch',
  /** The order lacks what a charge needs, or has it in a shape that no order service writes. */
  'invalid_order',
  /** The provider keeps failing on this order and on no other. */
  'charge_failed',
  /** JetStream gave up on the message: nobody survived working on it. */
  'max_deliveries',
  /** Somebody told JetStream to give up on the message. */
  'terminated',
] as const;
export type Cause = (typeof causes)[number];

/** The terminal states, as metrics and the outcome's `status` spell them. */
export const states: readonly Decision['state'][] = ['charged', 'declined', 'conflict', 'dead-lettered'];

export function deadLetter(cause: Cause, detail: string): DeadLettered {
  return { state: 'dead-lettered', cause, detail };
}

/** The provider knows the key with other parameters. The word is ours: providers spell it in many ways. */
export const conflict: Decision = { state: 'conflict', reason: 'idempotency_conflict' };
