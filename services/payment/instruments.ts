import { metrics } from '../../observability/names/metrics.ts';
import { names } from '../../topology/platform.ts';
import {
  type Breaker,
  type BreakerState,
  createCounter,
  createGauge,
  createHistogram,
  publishFailures,
  type Telemetry,
} from '../runtime/index.ts';
import { type Cause, causes, type Decision, states } from './decision.ts';

/** The metrics of payment; rows of observability/names. */
export type Instruments = {
  call(durationMs: number, outcome: string): void;
  attempts(decided: number, failed: number): void;
  publish(stream: string, durationMs: number): void;
  publishFailure(stream: string, reason: string): void;
  settled(state: Decision['state'], sinceReceivedMs: number): void;
  outcomes(state: Decision['state'], orders: number): void;
  deadLetters(cause: Cause, orders: number): void;
  redelivery(): void;
  held(groups: number): void;
};

export function createInstruments(telemetry: Telemetry): Instruments {
  const { meter } = telemetry;
  const providerDuration = createHistogram(meter, metrics.providerDuration);
  const attempts = createCounter(meter, metrics.chargeAttempts, [
    { result: 'decided' },
    { result: 'failed' },
  ]);
  const publishDuration = createHistogram(meter, metrics.publishDuration);
  const publishRetries = createCounter(
    meter,
    metrics.publishRetries,
    [names.outcomesStream, names.deadLettersStream].flatMap((stream) =>
      publishFailures.map((reason) => ({ stream, reason })),
    ),
  );
  const settleDuration = createHistogram(meter, metrics.settleDuration);
  const outcomes = createCounter(
    meter,
    metrics.outcomes,
    states.map((state) => ({ state })),
  );
  const deadLetters = createCounter(
    meter,
    metrics.deadLetters,
    causes.map((cause) => ({ cause })),
  );
  const redeliveries = createCounter(meter, metrics.redeliveries);
  const groupsHeld = createGauge(meter, metrics.groupsHeld);
  return {
    call: (durationMs, outcome) => providerDuration.record(durationMs / 1_000, { outcome }),
    attempts: (decided, failed) => {
      attempts.add(decided, { result: 'decided' });
      attempts.add(failed, { result: 'failed' });
    },
    publish: (stream, durationMs) =>
      publishDuration.record(durationMs / 1_000, { stream, outcome: 'stored' }),
    publishFailure: (stream, reason) => publishRetries.add(1, { stream, reason }),
    settled: (state, sinceReceivedMs) => settleDuration.record(sinceReceivedMs / 1_000, { state }),
    outcomes: (state, orders) => outcomes.add(orders, { state }),
    deadLetters: (cause, orders) => deadLetters.add(orders, { cause }),
    redelivery: () => redeliveries.add(1),
    held: (groups) => groupsHeld.record(groups),
  };
}

const breakerStates: readonly BreakerState[] = ['closed', 'open', 'half-open'];

/** Reports the breaker's state from now on, and counts its changes. */
export function observeBreaker(telemetry: Telemetry, breaker: Breaker): void {
  const state = createGauge(telemetry.meter, metrics.breakerState);
  const transitions = createCounter(
    telemetry.meter,
    metrics.breakerTransitions,
    breakerStates.map((one) => ({ state: one })),
  );
  const report = (current: BreakerState) => {
    for (const one of breakerStates) state.record(one === current ? 1 : 0, { state: one });
  };
  report(breaker.state());
  breaker.onChange((current) => {
    report(current);
    transitions.add(1, { state: current });
  });
}
