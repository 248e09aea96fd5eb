import type { Decision, Reason, Verdict } from '../../verdict/index.ts';
import { type Experiment, type Step, stepMs } from './experiment.ts';
import type { FaultRequest } from './fault.ts';
import { type Answer, ddmin } from './shrink-ddmin.ts';

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
      /** Whether each of its faults was shown to be needed; false when the search was stopped, or tries showed nothing. */
      readonly isMinimal: boolean;
      /** What `run` threw, which ended the search; absent when nothing did. */
      readonly stoppedBy?: unknown;
    }
  | { readonly isReproduced: false };

/**
 * Leaves out of a failing experiment whatever faults it fails without. A try counts as a failure when its verdict is FAIL
 * for the reason that the whole failed for. One that ends INCONCLUSIVE or ABORTED says nothing about its faults: whatever
 * is left of them is not known to be needed.
 *
 * @param options.reason why the experiment failed before; undefined: the weightiest reason of the first failure
 * @param options.run conducts one try, on a platform that knows nothing of the ones before
 * @param options.mayGoOn asked before each try; false ends the search with the best that is known
 * @throws what `run` throws before the whole has failed again; afterwards that ends the search, and is told with the result
 */
export async function shrinkExperiment(options: {
  readonly experiment: Experiment;
  readonly reason: Pick<Reason, 'code' | 'text'> | undefined;
  readonly run: (experiment: Experiment) => Promise<Decision>;
  readonly mayGoOn: () => boolean;
  readonly onTry: (tried: ShrinkTry) => void;
}): Promise<ShrinkResult> {
  const { experiment, run, mayGoOn, onTry } = options;
  const places = placesOf(experiment);
  let { reason } = options;
  /** Sets that did not fail, and of which not every try was conclusive. */
  const open: (readonly Place[])[] = [];

  const ask = async (kept: readonly Place[]): Promise<Answer> => {
    const reduced = withOnly(experiment, kept);
    const verdicts: Verdict[] = [];
    while (verdicts.length < triesOfEach) {
      if (!mayGoOn()) return 'stop';
      const decision = await run(reduced);
      const failures = decision.reasons.filter(({ verdict }) => verdict === 'FAIL');
      reason ??= failures[0];
      const isFailure = failures.some((failure) => reason && topicOf(failure) === topicOf(reason));
      onTry({ faults: reduced.steps.flatMap(({ faults }) => faults), decision, isFailure });
      if (isFailure) return 'fails';
      verdicts.push(decision.verdict);
    }
    if (verdicts.some((verdict) => verdict === 'INCONCLUSIVE' || verdict === 'ABORTED')) open.push(kept);
    return 'passes';
  };

  if ((await ask(places)) !== 'fails' || reason === undefined) return { isReproduced: false };
  const { code } = reason;
  let stoppedBy: unknown;
  const askOrStop = (kept: readonly Place[]): Promise<Answer> =>
    ask(kept).catch((error: unknown) => {
      stoppedBy = error;
      return 'stop';
    });
  const bare = await askOrStop([]);
  if (bare === 'fails') {
    return { isReproduced: true, experiment: withOnly(experiment, []), code, isMinimal: true };
  }
  const { items, isMinimal } =
    bare === 'stop' ? { items: places, isMinimal: false } : await ddmin(places, askOrStop);
  const isShown = !open.some((set) => set.length === items.length - 1 && isWithin(set, items));
  return {
    ...{ isReproduced: true, experiment: withOnly(experiment, items), code },
    isMinimal: isMinimal && isShown,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

function isWithin(set: readonly Place[], items: readonly Place[]): boolean {
  return set.every(({ step, fault }) => items.some((item) => item.step === step && item.fault === fault));
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
  const { durationSeconds, shape } = experiment.load;
  // The phases of a shape take as long as they take.
  if (shape !== undefined) return { ...experiment, steps: left };
  const endOf = (step: Step) => step.at * durationSeconds + stepMs(step) / 1_000;
  const shorter = Math.ceil(durationSeconds - endOf(last) + endOf(lastLeft));
  return {
    ...experiment,
    load: { ...experiment.load, durationSeconds: shorter },
    steps: left.map((step) => ({ ...step, at: (step.at * durationSeconds) / shorter })),
  };
}

/**
 * What a failure is about: the word of its reason, and of an SLO which one. One of a step is named after the step's faults,
 * which are fewer in a try; they are left out of it.
 */
function topicOf({ code, text }: Pick<Reason, 'code' | 'text'>): string {
  if (code !== 'slo') return code;
  const [, name = ''] = /^SLO (.+?) is broken: /.exec(text) ?? [];
  return `slo ${name.replace(/^.+ (?=is (?:noticed|recovered from) within )/, '')}`;
}
