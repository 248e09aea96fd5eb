import type { Decision } from '../../verdict/index.ts';
import type { Experiment, Step } from './experiment.ts';
import type { FaultRequest } from './fault.ts';
import { ddmin } from './shrink-ddmin.ts';

/** How often a set of faults is tried before it counts as harmless: a bug may need luck beside them. */
const triesOfEach = 2;

/** One run of an experiment with some of its faults. */
export type ShrinkTry = {
  readonly faults: readonly FaultRequest[];
  readonly decision: Decision;
  /** Whether it failed as the whole did. */
  readonly isFailure: boolean;
};

export type ShrinkResult =
  | {
      readonly isReproduced: true;
      /** The experiment with the faults that are needed. */
      readonly experiment: Experiment;
      /** Why it fails: a word of verdict/verdicts.ts. */
      readonly code: string;
      /** Whether each of its faults was shown to be needed; false when the search was stopped. */
      readonly isMinimal: boolean;
    }
  | { readonly isReproduced: false };

/**
 * Leaves out of a failing experiment whatever faults it fails without. A try counts as a failure when its verdict is FAIL
 * for the reason that the whole failed for.
 *
 * @param options.code why the experiment failed before; undefined: the weightiest reason of the first failure
 * @param options.run conducts one try, on a platform that knows nothing of the ones before
 * @param options.mayGoOn asked before each try; false ends the search with the best that is known
 */
export async function shrinkExperiment(options: {
  readonly experiment: Experiment;
  readonly code: string | undefined;
  readonly run: (experiment: Experiment) => Promise<Decision>;
  readonly mayGoOn: () => boolean;
  readonly onTry: (tried: ShrinkTry) => void;
}): Promise<ShrinkResult> {
  const { experiment, run, mayGoOn, onTry } = options;
  const places = placesOf(experiment);
  let { code } = options;

  /** @returns undefined when nothing more may be tried */
  const fails = async (kept: readonly Place[]): Promise<boolean | undefined> => {
    const reduced = withOnly(experiment, kept);
    for (let tries = 0; tries < triesOfEach; tries++) {
      if (!mayGoOn()) return undefined;
      const decision = await run(reduced);
      code ??= failuresOf(decision)[0];
      const isFailure = code !== undefined && failuresOf(decision).includes(code);
      onTry({ faults: reduced.steps.flatMap(({ faults }) => faults), decision, isFailure });
      if (isFailure) return true;
    }
    return false;
  };

  if ((await fails(places)) !== true || code === undefined) return { isReproduced: false };
  const bare = await fails([]);
  if (bare === true)
    return { isReproduced: true, experiment: withOnly(experiment, []), code, isMinimal: true };
  const { items, isMinimal } = await ddmin(places, async (kept) => {
    const answer = await fails(kept);
    return answer === undefined ? 'stop' : answer ? 'fails' : 'passes';
  });
  return {
    isReproduced: true,
    experiment: withOnly(experiment, items),
    code,
    isMinimal: isMinimal && bare === false,
  };
}

/** Where a fault stands in an experiment. */
type Place = { readonly step: number; readonly fault: number };

function placesOf({ steps }: Experiment): readonly Place[] {
  return steps.flatMap(({ faults }, step) => faults.map((_, fault) => ({ step, fault })));
}

/**
 * The experiment with these faults only, at their moments. Steps that have none are left out, and the load ends as long
 * after the last one that is left as it did after the last of all; without any step it is as it was.
 */
function withOnly(experiment: Experiment, kept: readonly Place[]): Experiment {
  const steps = experiment.steps.map((step, at) => ({
    ...step,
    faults: step.faults.filter((_, index) =>
      kept.some((place) => place.step === at && place.fault === index),
    ),
  }));
  const left = steps.filter(({ faults }) => faults.length > 0);
  const [last, lastLeft] = [experiment.steps.at(-1), left.at(-1)];
  if (last === undefined || lastLeft === undefined) return { ...experiment, steps: left };
  const { durationSeconds } = experiment.load;
  const endOf = ({ at, holdMs }: Step) => at * durationSeconds + holdMs / 1_000;
  const shorter = Math.ceil(durationSeconds - endOf(last) + endOf(lastLeft));
  return {
    ...experiment,
    load: { ...experiment.load, durationSeconds: shorter },
    steps: left.map((step) => ({ ...step, at: (step.at * durationSeconds) / shorter })),
  };
}

/** The words of the reasons that a verdict is FAIL for, the weightiest first. */
function failuresOf({ reasons }: Decision): readonly string[] {
  return reasons.filter(({ verdict }) => verdict === 'FAIL').map(({ code }) => code);
}
