import { names } from '../../topology/platform.ts';
import { defineExperiment } from '../core/experiment.ts';
import { forExperiments, holdMs, mustBeNoticed, oneStep } from './step.ts';

const leader = { leaderOf: names.ordersStream };

/** What may happen to the brokers that hold the orders. */
export const brokerExperiments = [
  defineExperiment({
    name: 'leader-killed',
    hypothesis: 'the loss of the broker that leads the orders costs an election, and no order',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'kill', request: { instance: leader } }]),
    bounds: mustBeNoticed,
  }),
  defineExperiment({
    name: 'leader-paused',
    hypothesis: 'a leader that stands still is replaced, and does no harm when it wakes up',
    parameters: { holdMs: holdMs(12_000) },
    load: { ...forExperiments, durationSeconds: 32 },
    steps: oneStep(() => [{ fault: 'pause', request: { instance: leader } }]),
  }),
  defineExperiment({
    name: 'leader-steps-down',
    hypothesis: 'a planned change of the leader, twice in a row, goes by without a lost order',
    parameters: {},
    load: forExperiments,
    steps: () =>
      [0.25, 0.6].map((at) => ({
        ...{ at, holdMs: 1_000 },
        faults: [{ fault: 'step-down', request: { stream: names.ordersStream } }],
      })),
  }),
  defineExperiment({
    name: 'orders-full',
    hypothesis: 'while the stream of orders has no room, orders are refused for certain, and none is lost',
    parameters: { holdMs: holdMs(5_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'stream-full', request: { stream: names.ordersStream } }]),
    bounds: mustBeNoticed,
  }),
  defineExperiment({
    name: 'outcomes-full',
    hypothesis: 'charges whose outcomes cannot be stored are not forgotten, and not charged again',
    parameters: { holdMs: holdMs(5_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'stream-full', request: { stream: names.outcomesStream } }]),
  }),
  defineExperiment({
    name: 'brokers-all-killed',
    hypothesis: 'when all brokers are killed at once and come back, every accepted order is still there',
    parameters: { holdMs: holdMs(3_000) },
    load: { ...forExperiments, durationSeconds: 30 },
    steps: oneStep(() =>
      ['nats-0', 'nats-1', 'nats-2'].map((instance) => ({ fault: 'kill', request: { instance } }) as const),
    ),
    blastRadius: { brokersMax: 3 },
    aborts: { starvedMs: 60_000 },
    bounds: mustBeNoticed,
  }),
  defineExperiment({
    name: 'brokers-rolling-restart',
    hypothesis: 'brokers that are restarted one after the other under load lose nothing',
    parameters: {},
    load: { ...forExperiments, durationSeconds: 40 },
    steps: () => [
      { at: 0.2, faults: [{ fault: 'rolling-restart', request: { service: 'nats' } }], holdMs: 1_000 },
    ],
    aborts: { starvedMs: 60_000 },
  }),
];
