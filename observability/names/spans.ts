/**
 * The spans of one order's trace, from the HTTP request to its settlement, and who is whose parent.
 *
 * A sampled order has them all. An unsampled one has none, unless it fails or is slow: then the service that sees it
 * tells its own spans late, marked with {@link attributes.late}. What must not be lost on the way says so
 * ({@link attributes.keptFor}); of the rest the Collector keeps a share.
 */
export type SpanSpec = {
  readonly name: string;
  readonly service: string;
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  /** The name of the span it is a child of; undefined for the first. */
  readonly parent: string | undefined;
};

export const spans = {
  acceptOrder: { name: 'POST /v1/orders', service: 'order', kind: 'server', parent: undefined },
  publishOrder: { name: 'orders publish', service: 'order', kind: 'producer', parent: 'POST /v1/orders' },
  processPayment: {
    name: 'ProcessPayment',
    service: 'payment',
    kind: 'consumer',
    parent: 'orders publish',
  },
  charge: { name: 'charge', service: 'payment', kind: 'client', parent: 'ProcessPayment' },
  providerCharge: { name: 'POST /v1/charges', service: 'psp', kind: 'server', parent: 'charge' },
  publishOutcome: {
    name: 'outcomes publish',
    service: 'payment',
    kind: 'producer',
    parent: 'ProcessPayment',
  },
  settle: { name: 'settle', service: 'order', kind: 'consumer', parent: 'outcomes publish' },
} as const satisfies Readonly<Record<string, SpanSpec>>;

/**
 * An order that came in a batch begins with a span of its own of this kind, instead of `acceptOrder`. It tells the status
 * of the order's result ({@link attributes.resultStatus}); that of the HTTP response is the batch's.
 */
export const acceptBatchedOrder = {
  name: 'POST /v1/orders/batch',
  service: 'order',
  kind: 'server',
  parent: undefined,
} as const satisfies SpanSpec;

export const attributes = {
  orderId: 'stormproof.order.id',
  runId: 'stormproof.run.id',
  terminalState: 'stormproof.terminal_state',
  /** Of an order of a batch: the status in its result, with the meaning that it has for an order sent alone. */
  resultStatus: 'stormproof.result.status',
  /** What the provider answered for one charge: charged, declined, conflict or error. */
  chargeResult: 'stormproof.charge.result',
  /** Why a trace is worth keeping, where one of its spans knows: one of {@link keptFor}. */
  keptFor: 'stormproof.kept_for',
  /** The how manieth delivery of its message a span is about; absent for the first. */
  delivery: 'stormproof.delivery',
  /** True on a span that was told after the fact. */
  late: 'stormproof.late',
  groupOrders: 'stormproof.group.orders',
} as const;

/** Why a trace is kept: its client asked for it, or its order failed, or took longer than {@link promisedMs}. */
export const keptFor = ['client', 'failure', 'slowness'] as const;

export type KeptFor = (typeof keptFor)[number];

/** Milliseconds in which the SLOs promise that an order is accepted, and settled. */
export const promisedMs = { acceptance: 50, settlement: 1_000 } as const;
