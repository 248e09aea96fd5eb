/**
 * Every metric that the platform emits. Services create their instruments from these rows, rules and dashboards refer
 * to them, and a test checks that a running platform emits each one.
 *
 * Names follow OpenTelemetry's conventions; Prometheus shows them with underscores, the unit and `_total` for
 * counters.
 */
export type MetricSpec = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** UCUM, as OpenTelemetry asks: `s`, `By`, `1`, `{order}`. */
  readonly unit: string;
  readonly description: string;
  /** The services that emit it. */
  readonly from: readonly string[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  readonly buckets?: readonly number[];
  /** The attributes it carries besides the resource's. */
  readonly attributes: readonly string[];
};

/** Seconds; the thresholds of the SLOs (50 ms, 1 s) are bounds. */
const latencyBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const settlementBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 30, 60, 180, 600];
const groupBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const everyService = ['order', 'payment', 'psp', 'broker-metrics'] as const;

export const metrics = {
  httpServerDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from a request to its answer.',
    from: ['order', 'psp'],
    buckets: latencyBuckets,
    attributes: ['http.request.method', 'http.route', 'http.response.status_code'],
  },
  ordersAccepted: {
    name: 'stormproof.orders.accepted',
    kind: 'counter',
    unit: '{order}',
    description: 'Orders that the stream acknowledged as stored, before their 201 left.',
    from: ['order'],
    attributes: [],
  },
  orderAnswers: {
    name: 'stormproof.orders.answers',
    kind: 'counter',
    unit: '{order}',
    description:
      'Answers to orders: accepted (201, replays too), rejected (the request was wrong, or more than its client may send), refused (503), unknown (504), failed.',
    from: ['order'],
    attributes: ['result'],
  },
  requestsNotLetIn: {
    name: 'stormproof.requests.not_let_in',
    kind: 'counter',
    unit: '{request}',
    description:
      'Requests of the order API that were refused for who sent them, or for how many came from there.',
    from: ['order'],
    attributes: ['reason'],
  },
  acceptDuration: {
    name: 'stormproof.orders.accept.duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Time from the request that brought an order to the answer that accepted it, order by order.',
    from: ['order'],
    buckets: latencyBuckets,
    attributes: [],
  },
  ordersReplayed: {
    name: 'stormproof.orders.replayed',
    kind: 'counter',
    unit: '{order}',
    description: 'Repeats of a known idempotency key that got the first answer again.',
    from: ['order'],
    attributes: [],
  },
  ordersQueued: {
    name: 'stormproof.orders.queued',
    kind: 'gauge',
    unit: '{order}',
    description: 'Orders that wait for their group to be acknowledged.',
    from: ['order'],
    attributes: [],
  },
  groupOrders: {
    name: 'stormproof.group.orders',
    kind: 'histogram',
    unit: '{order}',
    description: 'Orders in one group, the unit of commit.',
    from: ['order'],
    buckets: groupBuckets,
    attributes: [],
  },
  publishDuration: {
    name: 'stormproof.publish.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the publish of a group to its PubAck, repeats included.',
    from: ['order', 'payment'],
    buckets: latencyBuckets,
    attributes: ['stream', 'outcome'],
  },
  publishRetries: {
    name: 'stormproof.publish.retries',
    kind: 'counter',
    unit: '{try}',
    description: 'Tries to publish that failed, by reason.',
    from: ['order', 'payment'],
    attributes: ['stream', 'reason'],
  },
  projectionLag: {
    name: 'stormproof.projection.lag',
    kind: 'gauge',
    unit: '{message}',
    description: 'Messages of a stream that the projection has not applied yet.',
    from: ['order'],
    attributes: ['stream'],
  },
  projectionContradictions: {
    name: 'stormproof.projection.contradictions',
    kind: 'counter',
    unit: '{outcome}',
    description: 'Outcomes that differ from the first one of their order; the first one stays.',
    from: ['order'],
    attributes: [],
  },
  streamFill: {
    name: 'stormproof.stream.fill',
    kind: 'gauge',
    unit: '1',
    description: 'Share of the bytes that a stream may hold which it holds, as the order service sees it.',
    from: ['order'],
    attributes: ['stream'],
  },
  databaseWait: {
    name: 'stormproof.database.wait',
    kind: 'histogram',
    unit: 's',
    description: "Time from when a change of a service's own database is due to when it is made or given up.",
    from: ['order', 'psp'],
    buckets: latencyBuckets,
    attributes: ['database'],
  },
  outcomes: {
    name: 'stormproof.payment.outcomes',
    kind: 'counter',
    unit: '{order}',
    description: 'Orders settled, by terminal state.',
    from: ['payment'],
    attributes: ['state'],
  },
  settleDuration: {
    name: 'stormproof.payment.settle.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the receipt of an order to the PubAck of its outcome.',
    from: ['payment'],
    buckets: settlementBuckets,
    attributes: ['state'],
  },
  chargeAttempts: {
    name: 'stormproof.payment.charge.attempts',
    kind: 'counter',
    unit: '{charge}',
    description:
      'Charges asked of the provider, order by order: decided (charged, declined or a conflict), or failed.',
    from: ['payment'],
    attributes: ['result'],
  },
  providerDuration: {
    name: 'stormproof.provider.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time of one call to the payment provider.',
    from: ['payment'],
    buckets: latencyBuckets,
    attributes: ['outcome'],
  },
  breakerState: {
    name: 'stormproof.breaker.state',
    kind: 'gauge',
    unit: '{state}',
    description: '1 for the state that the breaker around the provider is in, 0 for the others.',
    from: ['payment'],
    attributes: ['state'],
  },
  breakerTransitions: {
    name: 'stormproof.breaker.transitions',
    kind: 'counter',
    unit: '{transition}',
    description: 'Changes of the breaker, by the state it went to.',
    from: ['payment'],
    attributes: ['state'],
  },
  groupsHeld: {
    name: 'stormproof.payment.groups.held',
    kind: 'gauge',
    unit: '{message}',
    description: 'Groups pulled and not acknowledged yet.',
    from: ['payment'],
    attributes: [],
  },
  redeliveries: {
    name: 'stormproof.payment.redeliveries',
    kind: 'counter',
    unit: '{message}',
    description: 'Groups that arrived for the second time or more.',
    from: ['payment'],
    attributes: [],
  },
  deadLetters: {
    name: 'stormproof.payment.dead_letters',
    kind: 'counter',
    unit: '{order}',
    description: 'Orders sent to the dead-letter stream, by cause.',
    from: ['payment'],
    attributes: ['cause'],
  },
  pspCharges: {
    name: 'stormproof.psp.charges',
    kind: 'counter',
    unit: '{charge}',
    description: 'Charges that the simulated provider decided, by result; repeats count as replayed.',
    from: ['psp'],
    attributes: ['result'],
  },
  processCpuTime: {
    name: 'process.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'CPU time of the process.',
    from: everyService,
    attributes: ['cpu.mode'],
  },
  processMemoryUsage: {
    name: 'process.memory.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Resident memory of the process.',
    from: everyService,
    attributes: [],
  },
  eventLoopUtilization: {
    name: 'nodejs.eventloop.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of the time since the last export in which the event loop was busy.',
    from: everyService,
    attributes: [],
  },
  brokerUp: {
    name: 'nats.broker.up',
    kind: 'gauge',
    unit: '{broker}',
    description: '1 for a broker whose monitoring endpoint answers, 0 for one that does not.',
    from: ['broker-metrics'],
    attributes: ['broker'],
  },
  brokerPeers: {
    name: 'nats.broker.peers',
    kind: 'gauge',
    unit: '{broker}',
    description: 'Other brokers that a broker has routes to.',
    from: ['broker-metrics'],
    attributes: ['broker'],
  },
  brokerConnections: {
    name: 'nats.broker.connections',
    kind: 'gauge',
    unit: '{connection}',
    description: 'Clients connected to a broker.',
    from: ['broker-metrics'],
    attributes: ['broker'],
  },
  brokerMemory: {
    name: 'nats.broker.memory',
    kind: 'gauge',
    unit: 'By',
    description: 'Resident memory of a broker.',
    from: ['broker-metrics'],
    attributes: ['broker'],
  },
  streamSize: {
    name: 'nats.stream.size',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes that a stream holds, as its leader says.',
    from: ['broker-metrics'],
    attributes: ['stream'],
  },
  streamMessages: {
    name: 'nats.stream.messages',
    kind: 'gauge',
    unit: '{message}',
    description: 'Messages that a stream holds.',
    from: ['broker-metrics'],
    attributes: ['stream'],
  },
  streamFirstSequence: {
    name: 'nats.stream.first_sequence',
    kind: 'gauge',
    unit: '{message}',
    description: 'Sequence number of the oldest message that a stream holds.',
    from: ['broker-metrics'],
    attributes: ['stream'],
  },
  streamLastSequence: {
    name: 'nats.stream.last_sequence',
    kind: 'gauge',
    unit: '{message}',
    description: 'Sequence number of the newest message that a stream was given.',
    from: ['broker-metrics'],
    attributes: ['stream'],
  },
  streamReplicasCurrent: {
    name: 'nats.stream.replicas.current',
    kind: 'gauge',
    unit: '{replica}',
    description: 'Replicas of a stream that hold everything its leader has, the leader included.',
    from: ['broker-metrics'],
    attributes: ['stream'],
  },
  streamLeader: {
    name: 'nats.stream.leader',
    kind: 'gauge',
    unit: '{leader}',
    description: '1 for the broker that leads a stream, 0 for the others; nothing during an election.',
    from: ['broker-metrics'],
    attributes: ['stream', 'broker'],
  },
  consumerPending: {
    name: 'nats.consumer.pending',
    kind: 'gauge',
    unit: '{message}',
    description: 'Messages that a consumer was not given yet: its lag.',
    from: ['broker-metrics'],
    attributes: ['stream', 'consumer'],
  },
  consumerAckPending: {
    name: 'nats.consumer.ack_pending',
    kind: 'gauge',
    unit: '{message}',
    description: 'Messages that a consumer was given and has not acknowledged yet.',
    from: ['broker-metrics'],
    attributes: ['stream', 'consumer'],
  },
  consumerRedelivered: {
    name: 'nats.consumer.redelivered',
    kind: 'gauge',
    unit: '{message}',
    description: 'Messages not acknowledged yet that a consumer was given more than once.',
    from: ['broker-metrics'],
    attributes: ['stream', 'consumer'],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
