import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../../targets/target.ts';
import type { FaultKind, Observation, Victim } from '../../core/fault.ts';
import type { Parameters } from '../../core/parameters.ts';
import {
  changeProfile,
  type ProviderCounters,
  type ProviderProfile,
  profileResidue,
  providerAdminUrl,
  readCounters,
} from './profile.ts';

const pollMs = 250;

/** What tells one misbehaviour of the provider from the others. */
export type BehaviourKind = {
  readonly name: string;
  readonly parameters: Parameters;
  /** `errors of 50 % of the charges`. */
  describe(victim: Victim): string;
  profile(victim: Victim): ProviderProfile;
  observe(target: Target, victim: Victim): Promise<Observation>;
};

/** A kind of fault that changes how the simulated provider behaves, through its control API. */
export function createBehaviourKind<Request extends object>(own: BehaviourKind): FaultKind<Request> {
  return {
    ...own,
    actsOn: { kind: 'service', services: ['psp'] },
    async resolve(target, request) {
      await providerAdminUrl(target);
      return request as Victim;
    },
    describe: (victim) => `provider: ${own.describe(victim)}`,
    subject: () => 'psp',
    disables: () => [],
    inject: (target, victim) => changeProfile(target, own.profile(victim)),
    heal: (target) => changeProfile(target, {}),
    residue: (target) => profileResidue(target),
  };
}

/**
 * Observes one of the provider's counters, which counts what was done and knows nothing of the profile: it must rise under
 * the load, within five seconds.
 */
export async function observeCounter(target: Target, counter: keyof ProviderCounters): Promise<Observation> {
  const { [counter]: before } = await readCounters(target);
  return {
    async prove() {
      const deadline = performance.now() + 5_000;
      let now = (await readCounters(target))[counter];
      while (now <= before && performance.now() < deadline) {
        await sleep(pollMs);
        now = (await readCounters(target))[counter];
      }
      return { acted: now > before, measurement: `psp: its ${counter} went from ${before} to ${now}` };
    },
  };
}
