import { names } from '../../topology/platform.ts';
import { defineExperiment } from '../core/experiment.ts';
import { forExperiments, holdMs, mustBeNoticed, oneStep } from './step.ts';

const leader = { leaderOf: names.ordersStream };

/** What may happen to the lines between brokers, services and clients. */
export const edgeExperiments = [
  defineExperiment({
    name: 'partition-minority',
    hypothesis: 'when the leading broker is cut off, the other two go on, and it catches up afterwards',
    parameters: { holdMs: holdMs(12_000) },
    load: { ...forExperiments, durationSeconds: 32 },
    steps: oneStep(() => [{ fault: 'partition', request: { broker: leader, direction: 'both' } }]),
  }),
  defineExperiment({
    name: 'partition-one-way',
    hypothesis: 'a leader that can send but not receive, which nobody notices for long, loses no order',
    parameters: { holdMs: holdMs(12_000) },
    load: { ...forExperiments, durationSeconds: 44 },
    steps: oneStep(() => [{ fault: 'partition', request: { broker: leader, direction: 'towards' } }]),
    // What an order service takes at most (services/order/config.ts).
    expects: { queuedOrdersMax: 4_096 },
  }),
  defineExperiment({
    name: 'partition-majority',
    hypothesis: 'while no two brokers see each other nothing is accepted, and nothing that was is lost',
    parameters: { holdMs: holdMs(8_000) },
    load: { ...forExperiments, durationSeconds: 32 },
    steps: oneStep(() =>
      ['nats-0', 'nats-1'].map(
        (broker) => ({ fault: 'partition', request: { broker, direction: 'both' } }) as const,
      ),
    ),
    blastRadius: { brokersMax: 2 },
    bounds: mustBeNoticed,
  }),
  defineExperiment({
    name: 'client-answers-lost',
    hypothesis:
      'orders whose answers never reach their clients are sent again, and are one order and one charge',
    parameters: { holdMs: holdMs(6_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'half-open', request: { edge: 'client-order' } }]),
  }),
  defineExperiment({
    name: 'payment-cut-off',
    hypothesis:
      'payment that cannot reach the brokers repeats what it charged under the same keys, and settles it once',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'stall', request: { edge: 'payment-nats' } }]),
  }),
  defineExperiment({
    name: 'payment-acks-lost',
    hypothesis:
      'orders that are charged while the answers of the brokers to payment are lost come again, and are charged once',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'half-open', request: { edge: 'payment-nats' } }]),
  }),
  defineExperiment({
    name: 'brokers-far',
    hypothesis: 'brokers that are far away make every order slower, and lose none',
    parameters: {
      holdMs: holdMs(10_000),
      latencyMs: { unit: 'ms', min: 1, max: 1_000, default: 50, meaning: 'delay of each answer' },
    },
    load: { ...forExperiments, client: 'k6' },
    steps: oneStep(({ latencyMs }) => [{ fault: 'latency', request: { edge: 'order-nats', latencyMs } }]),
  }),
];
