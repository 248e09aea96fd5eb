import type { Topology } from './model.ts';

const mebibyte = 1024 * 1024;
const minute = 60_000;
const day = 24 * 60 * minute;

/** Subjects, streams and the consumer that code refers to by name. */
export const names = {
  ordersStream: 'ORDERS',
  ordersSubject: 'orders.v1.created',
  outcomesStream: 'OUTCOMES',
  outcomesSubject: 'orders.v1.processed',
  deadLettersStream: 'DEAD_LETTERS',
  deadLettersSubject: 'orders.v1.dead-letter',
  /** What operators did about dead letters, in the stream of dead letters: nothing is ever taken out of it. */
  deadLetterActionsSubject: 'orders.v1.dead-letter-action',
  /** Header of a message in the stream of orders: the sequence of the dead letter that it brings back. */
  redriveHeader: 'Stormproof-Redrive-Of',
  advisoriesStream: 'ADVISORIES',
  paymentConsumer: 'payment-processor',
  advisoryConsumer: 'payment-advisories',
} as const;

/** JetStream says on these subjects that it gave up on a message of the payment consumer. */
const advisorySubjects = ['MAX_DELIVERIES', 'MSG_TERMINATED'].map(
  (kind) => `$JS.EVENT.ADVISORY.CONSUMER.${kind}.${names.ordersStream}.${names.paymentConsumer}`,
);

/**
 * The platform as it is delivered.
 *
 * Outcomes and dead letters have more room than orders: about the same bytes an order each, so a stream of
 * orders that is full still settles.
 */
export const platform: Topology = {
  brokers: { replicas: 3, syncInterval: 'always', isColocated: true, maxPayloadBytes: mebibyte },
  streams: [
    {
      name: names.ordersStream,
      subjects: [names.ordersSubject],
      replicas: 3,
      storage: 'file',
      discard: 'new',
      maxBytes: 4096 * mebibyte,
      maxAgeMs: 7 * day,
      duplicateWindowMs: 2 * minute,
      holds: 'orders',
    },
    {
      name: names.outcomesStream,
      subjects: [names.outcomesSubject],
      replicas: 3,
      storage: 'file',
      discard: 'new',
      maxBytes: 6144 * mebibyte,
      maxAgeMs: 7 * day,
      duplicateWindowMs: 2 * minute,
      holds: 'outcomes',
    },
    {
      name: names.deadLettersStream,
      subjects: [names.deadLettersSubject, names.deadLetterActionsSubject],
      replicas: 3,
      storage: 'file',
      discard: 'new',
      maxBytes: 6144 * mebibyte,
      // What became of an order that a person had to look at is asked weeks later.
      maxAgeMs: 30 * day,
      duplicateWindowMs: 2 * minute,
      holds: 'dead-letters',
    },
    {
      name: names.advisoriesStream,
      subjects: advisorySubjects,
      replicas: 3,
      storage: 'file',
      discard: 'new',
      maxBytes: 64 * mebibyte,
      maxAgeMs: 7 * day,
      duplicateWindowMs: 2 * minute,
      holds: 'advisories',
    },
  ],
  consumers: [
    {
      name: names.paymentConsumer,
      stream: names.ordersStream,
      service: 'payment',
      ackWaitMs: 5_000,
      maxDeliver: 20,
      maxAckPending: 512,
    },
    {
      name: names.advisoryConsumer,
      stream: names.advisoriesStream,
      service: 'payment',
      ackWaitMs: 10_000,
      maxDeliver: 1_000,
      maxAckPending: 64,
    },
  ],
  services: [
    {
      name: 'order',
      main: 'services/order/main.ts',
      replicas: { local: 1, kubernetes: 2 },
      listeners: ['http', 'admin'],
      isStateful: true,
      isRebuildable: true,
      // Requests in flight survive a collection of the 16 MiB that V8 gives to young objects by default, and are copied each
      // time; in MiB. At 7,000 orders/s p99 of acceptance was 46 to 49 ms with it, 58 ms without (p99.9 60 to 71, 114).
      settings: { NODE_OPTIONS: '--max-semi-space-size=64' },
      resources: { cpuMillis: 1_000, memoryMib: 1_024 },
    },
    {
      name: 'payment',
      main: 'services/payment/main.ts',
      replicas: { local: 1, kubernetes: 2 },
      listeners: ['admin'],
      isStateful: false,
      resources: { cpuMillis: 500, memoryMib: 512 },
    },
    {
      name: 'psp',
      main: 'services/psp/main.ts',
      replicas: { local: 1, kubernetes: 1 },
      listeners: ['http', 'admin'],
      isStateful: true,
      isSimulated: true,
      resources: { cpuMillis: 500, memoryMib: 512 },
    },
    {
      name: 'broker-metrics',
      main: 'services/broker-metrics/main.ts',
      replicas: { local: 1, kubernetes: 1 },
      listeners: ['admin'],
      isStateful: false,
    },
    {
      name: 'alert-recorder',
      main: 'services/alert-recorder/main.ts',
      replicas: { local: 1, kubernetes: 1 },
      listeners: ['http', 'admin'],
      isStateful: false,
      resources: { cpuMillis: 20, memoryMib: 256 },
    },
  ],
  edges: [
    { from: 'client', to: 'order', protocol: 'http', deadlineMs: 10_000 },
    {
      from: 'order',
      to: 'nats',
      protocol: 'nats',
      deadlineMs: 2_000,
      publishes: [names.ordersSubject],
      reads: [names.ordersStream, names.outcomesStream],
      watches: [names.deadLettersStream],
    },
    {
      from: 'payment',
      to: 'nats',
      protocol: 'nats',
      deadlineMs: 2_000,
      publishes: [names.outcomesSubject, names.deadLettersSubject],
      // To settle what JetStream gave up on.
      fetches: [names.ordersStream],
    },
    { from: 'payment', to: 'psp', protocol: 'http', deadlineMs: 2_000 },
    { from: 'nats', to: 'nats', protocol: 'nats-route', deadlineMs: 10_000 },
    { from: 'order', to: 'collector', protocol: 'otlp-http', deadlineMs: 5_000 },
    { from: 'payment', to: 'collector', protocol: 'otlp-http', deadlineMs: 5_000 },
    { from: 'psp', to: 'collector', protocol: 'otlp-http', deadlineMs: 5_000 },
    { from: 'broker-metrics', to: 'nats', protocol: 'http', deadlineMs: 2_000 },
    { from: 'broker-metrics', to: 'collector', protocol: 'otlp-http', deadlineMs: 5_000 },
    { from: 'collector', to: 'jaeger', protocol: 'otlp-grpc', deadlineMs: 5_000 },
    { from: 'collector', to: 'prometheus', protocol: 'otlp-http', deadlineMs: 5_000 },
    { from: 'prometheus', to: 'alertmanager', protocol: 'http', deadlineMs: 10_000 },
    { from: 'alertmanager', to: 'alert-recorder', protocol: 'http', deadlineMs: 10_000 },
  ],
};
