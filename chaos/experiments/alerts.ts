import { names } from '../../topology/platform.ts';
import type { ExperimentPlan, LoadPlan } from '../core/experiment.ts';
import { defineExperiment } from '../core/experiment.ts';
import { holdMs, oneStep } from './step.ts';

/**
 * Few orders, since an outage lasts until its alert must have fired, and all who were refused come back again and again; they
 * do so until it is over.
 */
const forAlerts = (seconds: number): LoadPlan => ({
  ...{ rate: 60, durationSeconds: seconds },
  retry: { deadlineMs: 120_000 },
});

const phase = (name: string, rate: number, seconds: number) => ({
  ...{ name, startRate: rate, endRate: rate, durationMs: seconds * 1_000, isJudged: false },
});

/** Whether each charge has its order the audit can tell only when no order is on its way. */
const withPause: LoadPlan = {
  ...{ rate: 60, durationSeconds: 140 },
  shape: { name: 'pause', phases: [phase('before', 60, 20), phase('pause', 0, 100), phase('after', 60, 20)] },
};

/** An outage is what is asked for here. */
const outage = { starvedMs: 200_000, unreachableMs: 200_000 };
const bounds = { steadyMs: 120_000, recoverMs: 90_000 };

const leader = { leaderOf: names.ordersStream };
const page = { severity: 'page' };

/** The pages that tell of promises to customers that are about to be broken. */
const customersNotice = [
  'AcceptanceAvailabilityBudgetBurn',
  'AcceptanceLatencyBudgetBurn',
  'SettlementBudgetBurn',
];

/**
 * Each alert that pages at once, or tells that a part is broken, is made to fire, and to end. They hold for as long as alerts
 * may take that are {@link alertScaleOfExperiments} times sooner than in operation.
 */
export const alertExperiments: readonly ExperimentPlan[] = [
  defineExperiment({
    name: 'alerts-broker-down',
    hypothesis: 'a broker that is down is told of, and so is its return',
    parameters: { holdMs: holdMs(55_000) },
    load: forAlerts(90),
    steps: oneStep(() => [{ fault: 'kill', request: { instance: leader } }]),
    alerts: { expected: [{ alert: 'BrokerDown' }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-quorum-lost',
    hypothesis: 'that a majority of the brokers is down is told of',
    parameters: { holdMs: holdMs(55_000) },
    load: forAlerts(90),
    steps: oneStep(() =>
      ['nats-0', 'nats-1'].map((instance) => ({ fault: 'kill', request: { instance } }) as const),
    ),
    alerts: { expected: [{ alert: 'BrokerQuorumLost' }] },
    blastRadius: { brokersMax: 2 },
    aborts: outage,
    bounds,
  }),
  defineExperiment({
    name: 'alerts-leaderless',
    hypothesis: 'streams that nobody leads are told of, though every broker is up',
    parameters: { holdMs: holdMs(95_000) },
    load: forAlerts(130),
    steps: oneStep(() =>
      ['nats-0', 'nats-1'].map(
        (broker) => ({ fault: 'partition', request: { broker, direction: 'both' } }) as const,
      ),
    ),
    alerts: { expected: [{ alert: 'StreamWithoutLeader', labels: { stream: names.ordersStream } }] },
    blastRadius: { brokersMax: 2 },
    aborts: outage,
    bounds,
  }),
  defineExperiment({
    name: 'alerts-stream-full',
    hypothesis: 'a stream of orders without room is told of, and that customers are refused',
    parameters: { holdMs: holdMs(55_000) },
    load: forAlerts(90),
    steps: oneStep(() => [{ fault: 'stream-full', request: { stream: names.ordersStream } }]),
    alerts: {
      expected: [
        { alert: 'StreamNearlyFull', labels: { stream: names.ordersStream } },
        { alert: 'AcceptanceAvailabilityBudgetBurn', labels: page },
      ],
    },
    aborts: outage,
    bounds,
  }),
  defineExperiment({
    name: 'alerts-slow-acceptance',
    hypothesis: 'that customers wait too long at the checkout is told of',
    parameters: { holdMs: holdMs(55_000) },
    load: forAlerts(90),
    steps: oneStep(() => [{ fault: 'latency', request: { edge: 'order-nats', latencyMs: 200 } }]),
    alerts: { expected: [{ alert: 'AcceptanceLatencyBudgetBurn', labels: page }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-slow-settlement',
    hypothesis: 'that customers wait too long for their confirmation is told of',
    parameters: { holdMs: holdMs(55_000) },
    load: forAlerts(90),
    steps: oneStep(() => [{ fault: 'provider-slow', request: { latencyMs: 1_500 } }]),
    alerts: { expected: [{ alert: 'SettlementBudgetBurn', labels: page }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-provider-errors',
    hypothesis: 'a provider that fails a part of what it is asked is told of',
    parameters: { holdMs: holdMs(95_000) },
    load: forAlerts(130),
    steps: oneStep(() => [{ fault: 'provider-errors', request: { share: 0.2 } }]),
    alerts: { expected: [{ alert: 'PaymentSuccessBudgetBurn', labels: page, slowerBy: 2 }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-provider-down',
    hypothesis: 'that the provider is down is told of',
    parameters: { holdMs: holdMs(65_000) },
    load: forAlerts(105),
    steps: oneStep(() => [{ fault: 'stall', request: { edge: 'payment-psp' } }]),
    alerts: { expected: [{ alert: 'BreakerOpen' }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-payment-away',
    hypothesis: 'that payment is gone is told of, by its silence and by what it leaves undone',
    parameters: { holdMs: holdMs(65_000) },
    load: forAlerts(100),
    steps: oneStep(() => [{ fault: 'kill', request: { instance: 'payment-0' } }]),
    alerts: {
      expected: [
        { alert: 'ServiceSilent', labels: { job: 'payment' } },
        { alert: 'SettlementStalled' },
        { alert: 'ConsumerLagGrowing' },
        { alert: 'SloDataMissing', labels: { slo: 'settlement' } },
      ],
    },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-wrong-charge',
    hypothesis:
      'a charge that no order explains is found by the audit and told of, and so is that it is explained',
    parameters: { holdMs: holdMs(95_000) },
    load: withPause,
    steps: ({ holdMs }) => [{ at: 0.1, faults: [{ fault: 'charge-without-order', request: {} }], holdMs }],
    alerts: {
      expected: [{ alert: 'LedgerViolation', labels: { invariant: 'charge-without-order' } }],
      isAudited: true,
    },
    aborts: outage,
    bounds,
  }),
  defineExperiment({
    name: 'alerts-contradiction',
    hypothesis: 'an order with two outcomes is told of at once',
    parameters: { holdMs: holdMs(1_000) },
    load: forAlerts(30),
    steps: oneStep(() => [{ fault: 'contradiction', request: {} }]),
    alerts: { expected: [{ alert: 'OutcomeContradicted', isMomentary: true }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-dead-letters',
    hypothesis: 'orders that nobody can charge are told of',
    parameters: { holdMs: holdMs(1_000) },
    load: forAlerts(30),
    steps: oneStep(() => [{ fault: 'poison', request: {} }]),
    alerts: { expected: [{ alert: 'DeadLetters', isMomentary: true }] },
    tolerance: { expected: ['undecodable'] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-redeliveries',
    hypothesis: 'a release of payment that does its work only at the second time is told of',
    parameters: { holdMs: holdMs(60_000) },
    load: forAlerts(95),
    steps: oneStep(() => [
      { fault: 'restart-as', request: { instance: 'payment-0', variant: 'payment-turns-away' } },
    ]),
    alerts: { expected: [{ alert: 'RedeliveryStorm' }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-collector-down',
    hypothesis: 'that nobody is told any more how services are is told of',
    parameters: { holdMs: holdMs(60_000) },
    load: forAlerts(95),
    steps: oneStep(() => [{ fault: 'kill', request: { instance: 'collector-0' } }]),
    alerts: { expected: [{ alert: 'CollectorDown' }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-traces-lost',
    hypothesis: 'that traces have nowhere to go is told of',
    parameters: { holdMs: holdMs(120_000) },
    // Of ten thousand orders ten traces are kept that nothing is special about.
    load: { ...forAlerts(165), rate: 200 },
    steps: oneStep(() => [{ fault: 'kill', request: { instance: 'jaeger-0' } }]),
    alerts: { expected: [{ alert: 'TargetDown', labels: { job: 'jaeger' } }, { alert: 'TelemetryDropped' }] },
    bounds,
  }),
  defineExperiment({
    name: 'alerts-contention',
    hypothesis: 'that others lock a database is told of before customers notice',
    parameters: {
      holdMs: holdMs(50_000),
      lockMs: {
        unit: 'ms',
        min: 400,
        max: 900,
        default: 600,
        meaning: 'how long the lock is held each time',
      },
    },
    load: forAlerts(80),
    steps: oneStep((values) => [
      { fault: 'database-contention', request: { instance: 'psp-0', lockMs: values.lockMs } },
    ]),
    alerts: { expected: [{ alert: 'DatabaseContention', precedes: customersNotice }] },
    bounds,
  }),
];
