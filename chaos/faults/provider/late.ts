import type { FaultRequests } from '../../core/fault.ts';
import { createBehaviourKind, observeCounter } from './behaviour.ts';
import { observeDelay } from './slow.ts';

/**
 * The provider charges, and answers when its caller has given up: a timeout after charging, and nobody but the provider
 * knows that there was a charge.
 *
 * Proven by a repeated charge, whose answer comes late ({@link observeDelay}), and by the provider's count of charges,
 * which rises from just before the injection on. From later on it may not: a caller that waits for as many answers as it
 * may, and whose breaker then opens, asks for no other charge.
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
    const count = await observeCounter(target, 'charged');
    return {
      async prove() {
        const [charged, late] = await Promise.all([count.prove(), delay.prove()]);
        return {
          acted: charged.acted && late.acted,
          measurement: `${charged.measurement}; ${late.measurement}`,
        };
      },
    };
  },
});
