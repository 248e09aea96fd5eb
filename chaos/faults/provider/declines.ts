import type { FaultRequests } from '../../core/fault.ts';
import { createBehaviourKind, observeCounter } from './behaviour.ts';
import { shareOfCharges } from './share.ts';

/** A share of the orders is declined. Proven by the provider's count of declines. */
export const providerDeclines = createBehaviourKind<FaultRequests['provider-declines']>({
  name: 'provider-declines',
  parameters: { share: shareOfCharges },
  describe: ({ share }) => `declines of ${Number(share) * 100} % of the orders`,
  profile: ({ share }) => ({ declineRatio: Number(share) }),
  observe: (target) => observeCounter(target, 'declined'),
});
