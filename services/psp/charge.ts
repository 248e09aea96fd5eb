/** What a merchant asks for: one charge under one idempotency key. */
export type ChargeRequest = {
  /** 1 to 128 visible ASCII characters; the same key is charged once, however often it is sent. */
  readonly chargeKey: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Marks test traffic; empty for customers' charges. */
  readonly runId: string;
};

/** What the provider decided, once and for ever. */
export type Decision =
  | { readonly status: 'charged'; readonly chargeId: string }
  | { readonly status: 'declined'; readonly reason: string };

/** What one request got. Only a decision that is no replay had an effect. */
export type ChargeResult =
  | (Decision & { readonly isReplay: boolean })
  /** Called charged, with an id that nothing stands behind: the provider lies. */
  | { readonly status: 'charged'; readonly chargeId: string; readonly isLie: true }
  /** The key is known with other parameters; nothing was charged. */
  | { readonly status: 'conflict'; readonly reason: string }
  /** This request failed, certainly without an effect; it may be sent again. */
  | { readonly status: 'error'; readonly reason: string };

/** A charge as the ledger keeps it. */
export type ChargeRecord = ChargeRequest & Decision;

/** A verdict on a charge that the ledger does not know yet. */
export type Verdict = 'charge' | 'decline' | 'fail' | 'lie';
