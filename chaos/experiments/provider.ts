import { defineExperiment } from '../core/experiment.ts';
import type { Parameter } from '../core/parameters.ts';
import { forExperiments, hardlyAny, holdMs, mustBeNoticed, oneStep } from './step.ts';

const edge = 'payment-psp';

const share = (byDefault: number, max: number): Parameter => ({
  ...{ unit: 'share', min: 0.001, max, default: byDefault, meaning: 'share of the charges that are hit' },
});

/** What the payment provider may do to an operator, from the outage that is noticed to the lie that is not. */
export const providerExperiments = [
  defineExperiment({
    name: 'provider-down',
    hypothesis:
      'while the provider answers nothing, payment holds what it has and gives up nothing; everything is charged once when it is back',
    parameters: { holdMs: holdMs(10_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'stall', request: { edge } }]),
    expects: { breakerOpens: true, redeliveriesPerOrderMax: hardlyAny },
    bounds: mustBeNoticed,
  }),
  defineExperiment({
    name: 'provider-resets',
    hypothesis: 'connections that the provider resets cost no order and no second charge',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'reset', request: { edge } }]),
  }),
  defineExperiment({
    name: 'provider-mute',
    hypothesis: 'charges whose answers are lost are repeated under their own keys, and charged once',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'half-open', request: { edge } }]),
    bounds: mustBeNoticed,
  }),
  defineExperiment({
    name: 'provider-slow',
    hypothesis: 'a provider that is slow, within the deadline, delays charges and loses none',
    parameters: {
      holdMs: holdMs(10_000),
      latencyMs: { unit: 'ms', min: 1, max: 1_900, default: 1_500, meaning: 'delay of each answer' },
    },
    load: forExperiments,
    steps: oneStep(({ latencyMs }) => [{ fault: 'provider-slow', request: { latencyMs } }]),
  }),
  defineExperiment({
    name: 'provider-late',
    hypothesis: 'a provider that charges and answers after the deadline is asked again, and charges once',
    parameters: {
      holdMs: holdMs(8_000),
      latencyMs: { unit: 'ms', min: 2_100, max: 60_000, default: 3_000, meaning: 'delay of each answer' },
    },
    // The breaker opens, and tries again after 15 s.
    load: { ...forExperiments, durationSeconds: 32 },
    steps: ({ holdMs, latencyMs }) => [
      { at: 0.15, faults: [{ fault: 'provider-late', request: { latencyMs } }], holdMs },
    ],
  }),
  defineExperiment({
    name: 'provider-errors',
    hypothesis: 'attempts that fail at random are repeated until they succeed; no order is given up',
    // Ten failures in a row give an order up: services/payment/failures.ts.
    parameters: { holdMs: holdMs(10_000), share: share(0.2, 0.25) },
    load: forExperiments,
    steps: oneStep((values) => [{ fault: 'provider-errors', request: { share: values.share } }]),
  }),
  defineExperiment({
    name: 'provider-declines',
    hypothesis: 'declined orders are settled as declined, not repeated, and cost the others nothing',
    parameters: { holdMs: holdMs(10_000), share: share(0.2, 1) },
    load: forExperiments,
    steps: oneStep((values) => [{ fault: 'provider-declines', request: { share: values.share } }]),
  }),
  defineExperiment({
    name: 'provider-lies',
    hypothesis: 'no service can notice that the provider lies, and the audit finds every such order',
    parameters: { holdMs: holdMs(5_000), share: share(0.05, 1) },
    load: forExperiments,
    steps: oneStep((values) => [{ fault: 'provider-lies', request: { share: values.share } }]),
    tolerance: { expected: ['uncharged'] },
  }),
  defineExperiment({
    name: 'provider-bad-line',
    hypothesis:
      'answers that come late, at random moments, in pieces or over a thin line settle all the same',
    parameters: {
      holdMs: holdMs(5_000),
      latencyMs: { unit: 'ms', min: 20, max: 1_500, default: 300, meaning: 'the longest delay of an answer' },
      rateKbps: {
        ...{ unit: 'KB/s', min: 50, max: 250, default: 100 },
        meaning: 'what passes towards the provider',
      },
    },
    load: { ...forExperiments, durationSeconds: 44 },
    steps: ({ holdMs, latencyMs, rateKbps }) => [
      { at: 0.08, faults: [{ fault: 'latency', request: { edge, latencyMs } }], holdMs },
      { at: 0.29, faults: [{ fault: 'jitter', request: { edge, spreadMs: latencyMs } }], holdMs },
      { at: 0.5, faults: [{ fault: 'slicer', request: { edge, pieceBytes: 64 } }], holdMs },
      { at: 0.71, faults: [{ fault: 'bandwidth', request: { edge, rateKbps } }], holdMs },
    ],
  }),
];
