import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/nats-core';
import { type BrokerTarget, connectToBrokers } from '../../targets/brokers.ts';
import { TargetError } from '../../targets/target.ts';
import { reasonOf } from './attempt.ts';

/** Somewhere that has brokers. */
export type WithBrokers = BrokerTarget;

/** An election takes up to 7 s, and a broker that comes back may bring about another: see toxiproxy-nats-facts. */
const patienceMs = 15_000;
const againAfterMs = 250;
const requestTimeoutMs = 2_000;

/**
 * Uses a connection to a target's brokers, past any proxy, and closes it. Brokers that do not answer yet are waited for.
 *
 * @param options.user whom the brokers take the connection for; default the operator
 * @param options.reconnectsMax tries per broker when the connection breaks meanwhile; -1 tries for ever
 * @throws TargetError `not-ready` when no broker answers within 15 s; or what `use` throws
 */
export async function withBrokers<T>(
  target: WithBrokers,
  options: { readonly reconnectsMax: number; readonly user?: string },
  use: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const { reconnectsMax, ...login } = options;
  const reconnecting = { maxReconnectAttempts: reconnectsMax, ...login };
  return useAndClose(await untilAnswered(() => open(target, reconnecting)), use);
}

/**
 * Asks the brokers something that may be in trouble still or again: no leader yet, an election, a broker that was cut
 * off. Each try has a connection of its own, and so may meet another broker than the one that could not tell.
 *
 * @param ask may be called again after it failed halfway: what it changes, it must find changed
 * @param login.user whom the brokers take the connection for; default the operator
 * @throws TargetError `not-ready` that tells the last answer, when none was of use within 15 s; or at once what no
 *   waiting changes ({@link mayPass})
 */
export function askBrokers<T>(
  target: WithBrokers,
  ask: (manager: JetStreamManager, connection: NatsConnection) => Promise<T>,
  login: { readonly user?: string } = {},
): Promise<T> {
  return untilAnswered(async () =>
    useAndClose(await open(target, { reconnect: false, ...login }), async (connection) =>
      ask(await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: false }), connection),
    ),
  );
}

/**
 * Repeats a question until it is answered, fails for good, or the time is over.
 * @throws as {@link askBrokers} does
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  clock: { readonly monotonicMs: () => number; readonly wait: (ms: number) => Promise<unknown> } = {
    monotonicMs: () => performance.now(),
    wait: sleep,
  },
): Promise<T> {
  const deadline = clock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (clock.monotonicMs() >= deadline) {
        const tried = `the brokers gave no answer of use for ${patienceMs / 1_000} s`;
        throw new TargetError('not-ready', `${tried}; the last: ${reasonOf(error)}`, { cause: error });
      }
    }
    await clock.wait(againAfterMs);
  }
}

/**
 * Whether a failure may be over a moment later: a broker that is not reached, does not answer in time, or is itself not
 * able to (5xx of the JetStream API: 10008 "temporarily unavailable" while nobody leads). What is wrong with the question
 * (4xx, permissions) stays so.
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status >= 500;
  if (error instanceof TargetError) return passingCodes.includes(error.code);
  if (passingErrors.some((kind) => error instanceof kind)) return true;
  // The client wraps what it met; a request whose connection broke has met nothing.
  if (error instanceof Error && error.cause !== undefined) return mayPass(error.cause);
  return error instanceof errors.RequestError;
}

const passingCodes: readonly TargetError['code'][] = ['not-ready', 'unreachable'];
/** A connection that does not reconnect is closed when its broker goes. */
const passingErrors = [errors.TimeoutError, errors.NoRespondersError, errors.ClosedConnectionError];

async function open(
  target: WithBrokers,
  options: Parameters<typeof connectToBrokers>[1],
): Promise<NatsConnection> {
  return connectToBrokers(target, options).catch((cause: unknown) => {
    if (cause instanceof errors.AuthorizationError) throw cause;
    throw new TargetError('unreachable', `no broker takes a connection: ${reasonOf(cause)}`, { cause });
  });
}

async function useAndClose<T>(
  connection: NatsConnection,
  use: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
