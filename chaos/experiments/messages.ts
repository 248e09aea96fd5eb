import { defineExperiment } from '../core/experiment.ts';
import { forExperiments, holdMs, oneStep } from './step.ts';

/** What may happen to messages between the services and the brokers: lost answers, repeats, foreign ones, slow readers. */
export const messageExperiments = [
  defineExperiment({
    name: 'publish-acks-lost',
    hypothesis:
      'orders that are stored while the answer of the broker is lost are repeated, and stored as one',
    parameters: { holdMs: holdMs(10_000) },
    load: { ...forExperiments, durationSeconds: 26 },
    steps: oneStep(() => [{ fault: 'publish-ack-lost', request: { edge: 'order-nats' } }]),
  }),
  defineExperiment({
    name: 'acks-lost-after-charge',
    hypothesis:
      'orders that are charged while their outcomes and acknowledgements are lost settle afterwards, and are charged once',
    // Longer than the consumer waits for an acknowledgement.
    parameters: { holdMs: holdMs(8_000) },
    load: { ...forExperiments, durationSeconds: 26 },
    steps: oneStep(() => [{ fault: 'ack-lost-after-charge', request: { edge: 'payment-nats' } }]),
  }),
  defineExperiment({
    name: 'orders-redelivered',
    hypothesis: 'orders that come again after they were acknowledged are settled as before, and charged once',
    parameters: {
      holdMs: holdMs(1_000),
      groups: { unit: 'groups', min: 1, max: 10_000, default: 100, meaning: 'how many come again' },
    },
    load: { ...forExperiments, durationSeconds: 20 },
    steps: oneStep(({ groups }) => [{ fault: 'redelivery', request: { groups } }]),
  }),
  defineExperiment({
    name: 'orders-poisoned',
    hypothesis: 'what nobody can charge is dead-lettered with its cause, and everything around it is charged',
    parameters: { holdMs: holdMs(1_000) },
    load: { ...forExperiments, durationSeconds: 20 },
    steps: oneStep(() => [{ fault: 'poison', request: {} }]),
    tolerance: { expected: ['undecodable'] },
  }),
  defineExperiment({
    name: 'slow-consumer',
    hypothesis:
      'payment that hears the brokers so late that a backlog grows works it off, and gives up nothing',
    parameters: {
      holdMs: holdMs(8_000),
      latencyMs: { unit: 'ms', min: 1, max: 1_900, default: 800, meaning: 'delay of each answer' },
    },
    load: { ...forExperiments, durationSeconds: 25 },
    steps: oneStep(({ latencyMs }) => [{ fault: 'latency', request: { edge: 'payment-nats', latencyMs } }]),
  }),
];
