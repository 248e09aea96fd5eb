import { names } from '../../topology/platform.ts';
import { defaultBounds, type Experiment, type LoadPlan } from '../core/experiment.ts';

/**
 * The main job: in the middle of the load the broker that leads the orders and the payment service are killed, and
 * brought back; later the payment provider answers nothing for five seconds.
 */
export function storm(load: LoadPlan): Experiment {
  return {
    name: 'storm',
    hypothesis:
      'every order is accepted within its retries, settled and charged once, though the leading broker and payment are killed and the provider stalls',
    load,
    steps: [
      {
        at: 0.25,
        faults: [
          // The last is healed first: payment cannot be ready before the orders have a leader again.
          { fault: 'kill', request: { instance: 'payment-0' } },
          { fault: 'kill', request: { instance: { leaderOf: names.ordersStream } } },
        ],
        holdMs: 3_000,
      },
      { at: 0.75, faults: [{ fault: 'stall', request: { edge: 'payment-psp' } }], holdMs: 5_000 },
    ],
    tolerance: { unacceptedMax: 0 },
    bounds: defaultBounds,
  };
}
