import type { Target } from '../../targets/target.ts';
import type { FaultKind } from './fault.ts';
import { healOpenFaults } from './leftovers.ts';
import type { Leftovers } from './nemesis.ts';
import { healParts, lookUntilClean, type Sweep, type Swept } from './sweep.ts';

/** How long is waited for what was healed to be as it should. */
const patienceMs = 60_000;

/**
 * Heals a target, whoever broke it: what the journals of all runs hold open, then every part of the platform as it is
 * found. For emergencies; a run that is under way loses its faults, and is INCONCLUSIVE.
 *
 * @returns what was healed by the journals, what could not be healed, what was looked at in the end, and what was found wrong
 */
export async function healEverything(options: {
  readonly target: Target;
  readonly kinds: Readonly<Record<string, FaultKind<never>>>;
  readonly sweeps: readonly Sweep[];
  readonly runsDir: string;
}): Promise<Leftovers & Swept> {
  const { target, sweeps } = options;
  const { healed, problems } = await healOpenFaults(options);
  const unhealed = await healParts(target, sweeps);
  const swept = await lookUntilClean(target, sweeps, { timeoutMs: patienceMs });
  return { healed, problems: [...problems, ...unhealed], ...swept };
}
