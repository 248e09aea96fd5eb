/** One charge as a provider is asked for it. */
export type Charge = {
  /** The idempotency key: the provider charges it once, however often it is asked. */
  readonly chargeKey: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Marks test traffic; empty for customers' orders. */
  readonly runId: string;
  /** W3C trace context of the `charge` span, for sampled orders. */
  readonly traceparent: string | undefined;
};

/** What a provider answers for one charge. */
export type ChargeAnswer =
  | { readonly status: 'charged'; readonly chargeId: string }
  | { readonly status: 'declined'; readonly reason: string }
  /** The key is known with other parameters; this charge was not made. */
  | { readonly status: 'conflict' }
  /** This charge failed, certainly without an effect; it may be tried again. */
  | { readonly status: 'error'; readonly reason: string };

/** A charge that the provider has on record. */
export type RecordedCharge = {
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly answer: Extract<ChargeAnswer, { status: 'charged' | 'declined' }>;
};

/**
 * A payment provider. Every charge is idempotent by its key, so a call whose fate is unknown may be repeated.
 *
 * Calls throw a `RemoteError` when there is no answer; {@link rejectedCode} marks the one kind that says something
 * about the request rather than about the provider.
 */
export type PaymentProvider = {
  readonly name: string;
  /** The most charges that one {@link PaymentProvider.chargeBatch} takes. */
  readonly batchMax: number;
  charge(charge: Charge): Promise<ChargeAnswer>;
  /** @returns an answer for each charge, in order */
  chargeBatch(charges: readonly Charge[]): Promise<readonly ChargeAnswer[]>;
  /** @returns undefined when the provider has no charge under this key */
  lookup(chargeKey: string): Promise<RecordedCharge | undefined>;
  /** Ends idle connections; no call may follow. */
  close(): void;
};

/** Code of a `RemoteError`: the provider read the request and refused it as malformed. */
export const rejectedCode = 'rejected';
