import { type Consumer, type JetStreamClient, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { names } from '../../topology/platform.ts';
import {
  type Breaker,
  backoffMs,
  delay,
  type Log,
  type Readiness,
  type Stoppable,
  type Telemetry,
} from '../runtime/index.ts';
import { type AdvisoryFollower, followAdvisories } from './advisories.ts';
import { type ChargeMode, createCharger } from './charging.ts';
import { createGate } from './gate.ts';
import { createGroups } from './groups.ts';
import { createInstruments, observeBreaker } from './instruments.ts';
import { createOutcomePublisher } from './outcomes.ts';
import type { PaymentParts } from './parts.ts';
import type { PaymentProvider } from './providers/provider.ts';
import { openPull } from './pull.ts';
import { createTracer } from './tracing.ts';

/** Waits between repeated calls to the provider and to JetStream's API. */
const retry = { baseMs: 100, capMs: 5_000 };
/** Waits between rounds of publishing; short, because a new leader is elected within seconds. */
const publishRetry = { baseMs: 100, capMs: 1_000 };

/**
 * Groups whose charge or publish is under way when the service stops get this long to end: three tries to publish take
 * less, and the rest of the shutdown still fits into its time when brokers and Collector are gone, too.
 */
const finishMsMax = 7_000;
/** A broker that is not there cannot say that nothing is on its way any more. */
const unsubscribeMsMax = 1_000;

export type PaymentServiceOptions = {
  readonly connection: NatsConnection;
  /** Of the inboxes that the connection may subscribe to. */
  readonly inboxPrefix: string;
  readonly provider: PaymentProvider;
  readonly breaker: Breaker;
  readonly parts: PaymentParts;
  readonly readiness: Readiness;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly groupsMax: number;
  readonly roundMs: number;
  readonly chargeMode: ChargeMode;
  readonly ackWaitMs: { readonly orders: number; readonly advisories: number };
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds, monotonic. */
  readonly monotonicMs: () => number;
};

/** What payment must find in JetStream before it can work, by its name in the readiness. */
export const neededConsumers = [
  { part: 'orders', stream: names.ordersStream, consumer: names.paymentConsumer },
  { part: 'advisories', stream: names.advisoriesStream, consumer: names.advisoryConsumer },
] as const;

/**
 * Settles orders: pulls groups while the breaker lets calls through and there is room, brings each group to its end
 * (groups.ts), and settles what JetStream gave up on (advisories.ts).
 *
 * Waits for its consumers, which provisioning makes, before it returns.
 */
export async function createPaymentService(options: PaymentServiceOptions): Promise<Stoppable> {
  const { connection, provider, breaker, parts, readiness, telemetry, log, monotonicMs } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const client = jetstream(connection);
  const instruments = createInstruments(telemetry);
  observeBreaker(telemetry, breaker);

  const charger = createCharger({
    provider,
    breaker,
    gate: createGate(breaker, signal),
    rule: parts.failureRule,
    mode: options.chargeMode,
    chargeKeyOf: parts.chargeKeyOf,
    retry,
    log,
    onCall: instruments.call,
    onAttempts: instruments.attempts,
    monotonicMs,
    signal,
  });
  const publisher = createOutcomePublisher({
    client,
    messageIdOf: parts.outcomeMessageId,
    encode: parts.encodeOutcomes,
    payloadBytesMax: connection.info?.max_payload ?? 1024 * 1024,
    retry: publishRetry,
    instruments,
    log,
    monotonicMs,
    signal,
  });
  const groups = createGroups({
    connection,
    charger,
    publisher,
    settle: parts.settle,
    tracer: createTracer(telemetry, options.now),
    instruments,
    log,
    now: options.now,
    onRelease: () => pull.fill(),
  });

  const [ordersNeeded, advisoriesNeeded] = neededConsumers;
  await waitForConsumer(client, ordersNeeded, readiness);
  const advisoryConsumer = await waitForConsumer(client, advisoriesNeeded, readiness);

  const pull = openPull({
    connection,
    inboxPrefix: options.inboxPrefix,
    stream: names.ordersStream,
    consumer: names.paymentConsumer,
    room: () => parts.room({ breaker: breaker.state(), held: groups.size(), groupsMax: options.groupsMax }),
    roundMs: options.roundMs,
    onDelivery: (delivery) => parts.receive(delivery, groups.take, connection),
    monotonicMs,
  });
  breaker.onChange((state) => {
    log.warn({ state, held: groups.size() }, 'the breaker around the provider changed');
    pull.fill();
  });
  const leases = setInterval(() => {
    groups.extendLeases();
    instruments.held(groups.size());
  }, options.ackWaitMs.orders / 3);
  instruments.held(0);
  const advisories: AdvisoryFollower = await followAdvisories({
    connection,
    consumer: advisoryConsumer,
    charger,
    publisher,
    retry,
    ackWaitMs: options.ackWaitMs.advisories,
    log,
    signal,
  });
  pull.fill();

  return {
    async stop() {
      readiness.drain();
      const deadline = new AbortController();
      const timeUp = delay(finishMsMax, deadline.signal);
      const finish = async () => {
        await Promise.race([pull.drain(), delay(unsubscribeMsMax)]);
        // What is under way ends; what waits for the provider or the brokers is left to its next delivery.
        stopping.abort();
        await Promise.all([groups.settled(), advisories.stop()]);
      };
      await Promise.race([timeUp, finish()]);
      stopping.abort();
      deadline.abort();
      clearInterval(leases);
      breaker.shutdown();
      provider.close();
      if (groups.size() > 0) log.warn({ held: groups.size() }, 'groups are left to their next delivery');
    },
  };
}

/** Asks until the consumer exists, and says at `/readyz` what it is waiting for. */
async function waitForConsumer(
  client: JetStreamClient,
  needed: (typeof neededConsumers)[number],
  readiness: Readiness,
): Promise<Consumer> {
  const { part, stream, consumer } = needed;
  for (let attempt = 0; ; attempt++) {
    try {
      const found = await client.consumers.get(stream, consumer);
      readiness.have(part);
      return found;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      readiness.lack(part, `consumer ${consumer} of stream ${stream}: ${reason}`);
    }
    await delay(backoffMs(attempt, { baseMs: 100, capMs: 1_000 }));
  }
}
