import type { FaultRequests } from '../../core/fault.ts';
import { createBehaviourKind, observeCounter } from './behaviour.ts';
import { shareOfCharges } from './share.ts';

/** A share of the attempts to charge fails, without an effect. Proven by the provider's count of errors. */
export const providerErrors = createBehaviourKind<FaultRequests['provider-errors']>({
  name: 'provider-errors',
  parameters: { share: shareOfCharges },
  describe: ({ share }) => `errors for ${Number(share) * 100} % of the attempts`,
  profile: ({ share }) => ({ errorRatio: Number(share) }),
  observe: (target) => observeCounter(target, 'errors'),
});
