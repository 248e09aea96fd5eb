import { names } from '../../topology/platform.ts';
import { defineExperiment } from '../core/experiment.ts';
import type { Parameter } from '../core/parameters.ts';
import { endsWhenHalfFail, forExperiments, holdMs, oneStep } from './step.ts';

const lockMs = (max: number): Parameter => ({
  ...{ unit: 'ms', min: 400, max, default: 600, meaning: 'how long the lock is held each time' },
});
const share = (byDefault: number): Parameter => ({
  ...{ unit: 'share', min: 0.2, max: 0.7, default: byDefault, meaning: 'how much of the time it may run' },
});

/** Clients get a 201 at the first try, every time. */
const unnoticed = { failedAnswersPerOrderMax: 0 };

/** What may be short for the services and brokers: their databases' locks, and processors. */
export const resourceExperiments = [
  defineExperiment({
    name: 'projection-contended',
    hypothesis:
      'while others lock the projection, its metric of waits rises, and clients notice nothing: what is accepted is with the brokers',
    parameters: { holdMs: holdMs(8_000), lockMs: lockMs(1_500) },
    load: forExperiments,
    steps: oneStep((values) => [
      { fault: 'database-contention', request: { instance: 'order-0', lockMs: values.lockMs } },
    ]),
    expects: unnoticed,
    aborts: endsWhenHalfFail,
  }),
  defineExperiment({
    name: 'provider-ledger-contended',
    hypothesis:
      "while others lock the provider's ledger, its metric of waits rises, charges wait and succeed, and clients notice nothing",
    // What waits for a second is refused, without a charge: services/psp/ledger.ts.
    parameters: { holdMs: holdMs(8_000), lockMs: lockMs(900) },
    load: forExperiments,
    steps: oneStep((values) => [
      { fault: 'database-contention', request: { instance: 'psp-0', lockMs: values.lockMs } },
    ]),
    expects: { ...unnoticed, breakerOpens: false },
    aborts: endsWhenHalfFail,
  }),
  defineExperiment({
    name: 'order-squeezed',
    hypothesis:
      'an order service that gets too little time answers late or refuses for certain, and loses nothing',
    parameters: { holdMs: holdMs(6_000), share: share(0.4) },
    load: forExperiments,
    steps: oneStep((values) => [
      { fault: 'cpu-squeeze', request: { instance: 'order-0', share: values.share } },
    ]),
  }),
  defineExperiment({
    name: 'payment-squeezed',
    hypothesis:
      'payment that gets too little time leaves a backlog and works it off; clients notice nothing, nobody pays twice',
    parameters: { holdMs: holdMs(8_000), share: share(0.2) },
    load: forExperiments,
    steps: oneStep((values) => [
      { fault: 'cpu-squeeze', request: { instance: 'payment-0', share: values.share } },
    ]),
    expects: unnoticed,
    aborts: endsWhenHalfFail,
  }),
  defineExperiment({
    name: 'leader-squeezed',
    hypothesis:
      'a leading broker that gets too little time makes orders slow, or is replaced, and loses none',
    parameters: { holdMs: holdMs(6_000), share: share(0.4) },
    load: forExperiments,
    steps: oneStep((values) => [
      {
        fault: 'cpu-squeeze',
        request: { instance: { leaderOf: names.ordersStream }, share: values.share },
      },
    ]),
  }),
];
