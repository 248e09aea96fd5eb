import type { FaultRequests } from '../../core/fault.ts';
import { createBehaviourKind, observeCounter } from './behaviour.ts';
import { observeDelay } from './slow.ts';

/**
 * The provider charges, and answers when its caller has given up: a timeout after charging, and nobody but the provider
 * knows that there was a charge.
 *
 * Proven by answers that come as late as that, as for {@link observeDelay}, and by the provider's count of charges that it
 * was asked for again although it had made them.
 */
export const providerLate = createBehaviourKind<FaultRequests['provider-late']>({
  name: 'provider-late',
  parameters: {
    latencyMs: {
      unit: 'ms',
      min: 2_100,
      max: 60_000,
      meaning: 'delay after each charge, beyond the deadline',
    },
  },
  describe: ({ latencyMs }) => `charges, and answers ${latencyMs} ms late`,
  profile: ({ latencyMs }) => ({ latencyMs: Number(latencyMs) }),
  async observe(target, { latencyMs }) {
    const delay = await observeDelay(target, Number(latencyMs));
    const again = await observeCounter(target, 'replayed');
    return {
      async prove() {
        // First: the delay is measured by repeats, which count as well.
        const repeated = await again.prove();
        const late = await delay.prove();
        return {
          acted: repeated.acted && late.acted,
          measurement: `${repeated.measurement}: charges made and asked for again; ${late.measurement}`,
        };
      },
    };
  },
});
