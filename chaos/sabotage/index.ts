/** A service with one wrong part, and what is to come of it. */
export type Sabotage = {
  readonly service: string;
  /** Its composition root, a path from the repository's root. */
  readonly main: string;
  /** What is wrong, in one sentence. */
  readonly wrong: string;
  /** The experiment that must fail because of it. */
  readonly caughtBy: string;
  /** What that run must report broken: invariants, or words from the name of an SLO. */
  readonly breaks: readonly string[];
};

/**
 * Deliberately wrong compositions of the services, to show that the checks bite. Each is another `main.ts` that passes
 * one wrong part; the services themselves contain no switch. A new one is a file here, named as its row below.
 */
const wrongParts = {
  'early-201': {
    service: 'order',
    wrong: 'order answers 201 without waiting for the PubAck',
    caughtBy: 'leader-killed',
    breaks: ['lost'],
  },
  'swallowed-publish-error': {
    service: 'order',
    wrong: 'order answers 201 although the stream refused the order',
    caughtBy: 'orders-full',
    breaks: ['lost'],
  },
  'new-message-id': {
    service: 'order',
    wrong: 'order repeats a publish under a new message id',
    caughtBy: 'publish-acks-lost',
    breaks: ['over-stored'],
  },
  'no-idempotency-key': {
    service: 'order',
    wrong: "order makes up charge keys and ignores the client's Idempotency-Key",
    caughtBy: 'client-answers-lost',
    breaks: ['double-charged'],
  },
  'unbounded-buffer': {
    service: 'order',
    wrong: 'order queues orders without end while it cannot store them',
    caughtBy: 'partition-one-way',
    breaks: ['orders in a queue'],
  },
  'dropping-projection': {
    service: 'order',
    wrong: 'the projection overlooks one order in 256',
    caughtBy: 'order-killed',
    breaks: ['projection-disagrees'],
  },
  'ack-before-effect': {
    service: 'payment',
    wrong: 'payment acknowledges a group before it has charged it and published the outcomes',
    caughtBy: 'payment-killed',
    breaks: ['unsettled'],
  },
  'random-charge-key': {
    service: 'payment',
    wrong: 'payment charges every attempt under a new idempotency key',
    caughtBy: 'provider-mute',
    breaks: ['miskeyed', 'double-charged'],
  },
  'no-retry': {
    service: 'payment',
    wrong: 'payment gives an order up when its first charge fails',
    caughtBy: 'provider-errors',
    breaks: ['dead-lettered'],
  },
  'nak-storm': {
    service: 'payment',
    wrong: 'payment gives groups back while its breaker is open, instead of not asking for any',
    caughtBy: 'provider-down',
    breaks: ['redeliveries per order'],
  },
  'breaker-never-opens': {
    service: 'payment',
    wrong: 'payment goes on calling a provider that answers nothing',
    caughtBy: 'provider-down',
    breaks: ['a breaker opens'],
  },
  'no-drain': {
    service: 'payment',
    wrong: 'payment ends at once on SIGTERM, with charges under way',
    caughtBy: 'rolling-deploy',
    breaks: ['redeliveries per order'],
  },
} as const satisfies Readonly<Record<string, Omit<Sabotage, 'main'>>>;

export const sabotages: Readonly<Record<string, Sabotage>> = Object.fromEntries(
  Object.entries(wrongParts).map(([name, row]) => [name, { ...row, main: `chaos/sabotage/${name}.ts` }]),
);
