import { names } from '../../topology/platform.ts';
import { defineExperiment } from '../core/experiment.ts';

/**
 * The main job: in the middle of the load the broker that leads the orders and the payment service are killed, and
 * brought back; later the payment provider answers nothing for five seconds.
 */
export const storm = defineExperiment({
  name: 'storm',
  hypothesis:
    'every order is accepted within its retries, settled and charged once, though the leading broker and payment are killed and the provider stalls',
  parameters: {
    killMs: {
      unit: 'ms',
      min: 1_000,
      max: 60_000,
      default: 3_000,
      meaning: 'how long broker and payment are down',
    },
    stallMs: {
      unit: 'ms',
      min: 2_000,
      max: 300_000,
      default: 5_000,
      meaning: 'how long the provider stalls',
    },
  },
  load: { rate: 1_000, durationSeconds: 60 },
  steps: ({ killMs, stallMs }) => [
    {
      at: 0.25,
      faults: [
        { fault: 'kill', request: { instance: 'payment-0' } },
        { fault: 'kill', request: { instance: { leaderOf: names.ordersStream } } },
      ],
      holdMs: killMs,
    },
    { at: 0.75, faults: [{ fault: 'stall', request: { edge: 'payment-psp' } }], holdMs: stallMs },
  ],
});
