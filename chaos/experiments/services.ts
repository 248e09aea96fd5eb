import { defineExperiment } from '../core/experiment.ts';
import { forExperiments, hardlyAny, holdMs, oneStep } from './step.ts';

const payment = { instance: 'payment-0' };
const order = { instance: 'order-0' };
const restart = (service: string) => ({ fault: 'rolling-restart', request: { service } }) as const;

/** What may happen to the services themselves, by accident and on deployments. */
export const serviceExperiments = [
  defineExperiment({
    name: 'payment-killed',
    hypothesis:
      'payment killed between charge and acknowledgement repeats those charges under their keys: nobody pays twice',
    parameters: {
      holdMs: holdMs(4_000),
      latencyMs: { unit: 'ms', min: 1, max: 1_900, default: 800, meaning: 'how long charges are under way' },
    },
    load: forExperiments,
    steps: ({ holdMs, latencyMs }) => [
      {
        at: 0.25,
        // By then charges of that kind are all that payment has under way.
        apartMs: latencyMs,
        faults: [
          { fault: 'provider-slow', request: { latencyMs } },
          { fault: 'kill', request: payment },
        ],
        holdMs,
      },
    ],
  }),
  defineExperiment({
    name: 'payment-paused',
    hypothesis:
      'payment that stands still for longer than its acknowledgements may take loses and doubles nothing',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'pause', request: payment }]),
  }),
  defineExperiment({
    name: 'payment-slow-start',
    hypothesis: 'payment that takes long to start leaves a backlog, and works it off',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'slow-start', request: payment }]),
  }),
  defineExperiment({
    name: 'order-killed',
    hypothesis:
      'an order service that is killed loses no order that it has accepted, and resumes its projection',
    parameters: { holdMs: holdMs(3_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'kill', request: order }]),
  }),
  defineExperiment({
    name: 'order-paused',
    hypothesis:
      'an order service that stands still leaves its clients waiting, and no order in doubt for ever',
    parameters: { holdMs: holdMs(5_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'pause', request: order }]),
  }),
  defineExperiment({
    name: 'rolling-deploy',
    hypothesis:
      'services that are restarted one after the other under load, as a deployment does, lose nothing',
    parameters: {},
    // Each restart is got over before the next.
    load: { ...forExperiments, durationSeconds: 36 },
    steps: () => [
      { at: 0.12, faults: [restart('order')], holdMs: 1_000 },
      {
        at: 0.32,
        // Charges take long, and the second restart comes upon as many of them as payment has under way at a time.
        faults: [
          { fault: 'provider-slow', request: { latencyMs: 1_000 } },
          restart('payment'),
          restart('payment'),
        ],
        holdMs: 1_000,
      },
      // After payment, which leaves what waits behind an open breaker to another delivery when it ends.
      { at: 0.8, faults: [restart('psp')], holdMs: 1_000 },
    ],
    expects: { redeliveriesPerOrderMax: hardlyAny },
  }),
  defineExperiment({
    name: 'schema-mixed',
    hypothesis:
      'orders of a newer schema, with fields that nobody knows, and of an older one, without some, settle in one stream with the others',
    parameters: { holdMs: holdMs(10_000) },
    load: { ...forExperiments, durationSeconds: 30 },
    steps: oneStep(() => [{ fault: 'restart-as', request: { ...order, variant: 'order-mixed-schemas' } }]),
  }),
  defineExperiment({
    name: 'thundering-herd',
    hypothesis:
      'clients that all come back at once after an outage, with everything they could not send, are taken or refused for certain, and none is lost',
    parameters: { holdMs: holdMs(6_000) },
    load: { rate: 1_000, durationSeconds: 25 },
    steps: oneStep(() => [{ fault: 'stall', request: { edge: 'client-order' } }]),
    expects: { queuedOrdersMax: 4_096 },
  }),
];
