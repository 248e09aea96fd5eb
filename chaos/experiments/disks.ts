import { names } from '../../topology/platform.ts';
import { defineExperiment, type Experiment } from '../core/experiment.ts';
import { diskFaults } from '../faults/disk/index.ts';
import { forExperiments, holdMs, oneStep } from './step.ts';

const leader = { leaderOf: names.ordersStream };

/**
 * All brokers restart from what is on their disks, which takes two elections. Late in the load, so that much could be lost.
 */
const powerLostOnAll = {
  parameters: { holdMs: holdMs(3_000) },
  load: { ...forExperiments, durationSeconds: 40 },
  blastRadius: { brokersMax: 3 },
  aborts: { starvedMs: 60_000 },
};

/** What may happen to the disks that the brokers keep the orders on. */
export const diskExperiments = [
  defineExperiment({
    name: 'power-lost-on-all',
    hypothesis:
      'when all brokers lose their power at once, and with it whatever was not synced, every accepted order is still there',
    ...powerLostOnAll,
    steps: ({ holdMs }) => [
      { at: 0.5, faults: [{ fault: 'power-loss', request: { brokers: 'all' } }], holdMs },
    ],
  }),
  defineExperiment({
    name: 'power-lost-torn',
    hypothesis:
      'when a part of what was not synced has reached the disks of all brokers all the same, they read the rest without it',
    ...powerLostOnAll,
    steps: ({ holdMs }) => [
      { at: 0.5, faults: [{ fault: 'power-loss', request: { brokers: 'all', isTorn: true } }], holdMs },
    ],
  }),
  defineExperiment({
    name: 'power-lost-on-leader',
    hypothesis: 'a leader that comes back without what it had not synced gets it from the others',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'power-loss', request: { brokers: leader } }]),
  }),
  defineExperiment({
    name: 'disk-full',
    hypothesis: 'a leading broker whose disk is full is replaced; restarted with space again, it catches up',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'disk-full', request: { instance: leader } }]),
  }),
  defineExperiment({
    name: 'disk-errors',
    hypothesis: 'a leading broker that cannot write costs no accepted order',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'disk-errors', request: { instance: leader, operation: 'write' } }]),
  }),
  defineExperiment({
    name: 'fsync-errors',
    hypothesis: 'a leading broker whose fsyncs fail costs no accepted order',
    parameters: { holdMs: holdMs(8_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'disk-errors', request: { instance: leader, operation: 'fsync' } }]),
  }),
  defineExperiment({
    name: 'fsync-slow',
    hypothesis: 'a leading broker whose disk is slow makes orders wait for it, and costs none',
    parameters: {
      holdMs: holdMs(8_000),
      delayMs: { unit: 'ms', min: 1, max: 10_000, default: 100, meaning: 'what each fsync takes longer' },
    },
    load: forExperiments,
    steps: oneStep(({ delayMs }) => [{ fault: 'slow-fsync', request: { instance: leader, delayMs } }]),
  }),
  defineExperiment({
    name: 'bit-flipped',
    hypothesis: 'a bit that changes in the orders of a broker that is down changes no order when it is back',
    parameters: { holdMs: holdMs(5_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'bit-flip', request: { instance: leader, stream: names.ordersStream } }]),
  }),
];

/** Whether an experiment breaks disks, so that the platform must be started with disks that can fail. */
export function needsDisks({ steps }: Pick<Experiment, 'steps'>): boolean {
  return steps.some(({ faults }) => faults.some(({ fault }) => Object.hasOwn(diskFaults, fault)));
}
