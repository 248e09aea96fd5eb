import type { FaultRequests } from '../../core/fault.ts';
import { createBehaviourKind, observeCounter } from './behaviour.ts';
import { shareOfCharges } from './share.ts';

/**
 * The provider says of a share of the orders that they are charged, and charges nothing. No caller can notice; the audit
 * must. Proven by the provider's count of lies.
 */
export const providerLies = createBehaviourKind<FaultRequests['provider-lies']>({
  name: 'provider-lies',
  parameters: { share: shareOfCharges },
  describe: ({ share }) => `lies about ${Number(share) * 100} % of the orders`,
  profile: ({ share }) => ({ lieRatio: Number(share) }),
  observe: (target) => observeCounter(target, 'lies'),
});
