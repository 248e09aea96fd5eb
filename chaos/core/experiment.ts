import type { RetryPolicy } from '../../loadtests/recorder/retry.ts';
import type {
  Expectations,
  ExpectedAlert,
  InvariantName,
  LoadShape,
  RunManifest,
} from '../../verdict/index.ts';
import { type AbortLimits, defaultAbortLimits } from './abort.ts';
import type { BlastRadius } from './blast-radius.ts';
import { FaultError, type FaultRequest } from './fault.ts';
import { fillParameters, type Parameters, type ParameterValues, parameterProblems } from './parameters.ts';

/**
 * An experiment as data: what is believed, under which load, what is broken when, and what is tolerated while it is.
 */
export type Experiment = {
  /** A word, as `chaos run` takes it. */
  readonly name: string;
  /** What the run is to confirm or refute, in one sentence. */
  readonly hypothesis: string;
  readonly load: LoadPlan;
  /** In order; each begins when its time has come and the one before is healed. */
  readonly steps: readonly Step[];
  readonly tolerance: Tolerance;
  readonly bounds: Bounds;
  /** How the platform must behave meanwhile, beyond what becomes of the orders. */
  readonly expects: Expectations;
  /** Which alerts its faults make fire; absent: nobody looks. */
  readonly alerts?: AlertPlan;
  readonly aborts: AbortLimits;
  /** How much may be broken at one time, where that is more than one instance and a minority of the brokers. */
  readonly blastRadius: Partial<BlastRadius>;
};

export type LoadPlan = {
  /** Orders per second; of a shape the highest. */
  readonly rate: number;
  readonly durationSeconds: number;
  /** How the rate goes, where it is not the same all the time. */
  readonly shape?: LoadShape;
  /** Orders in a request, 1 to 100; default 1. Only k6 sends more. */
  readonly ordersPerRequest?: number;
  /** How clients repeat what fails, where that is not as usual. */
  readonly retry?: Partial<RetryPolicy>;
  /**
   * Who sends it, unless a run says otherwise: the recorder (default), which keeps every answer to every order, or k6, which
   * says what other tools would see.
   */
  readonly client?: RunManifest['client'];
};

/**
 * Alerts as part of what is to be shown. Such a run does not announce its chaos window, since what happens in one that was
 * announced burns no budget.
 */
export type AlertPlan = {
  readonly expected: readonly ExpectedAlert[];
  /** Whether the continuous audit goes on meanwhile; default false. */
  readonly isAudited?: boolean;
};

/** How many times sooner alerts fire on a platform that is brought up for experiments that expect some. */
export const alertScaleOfExperiments = 60;

/** Faults that are injected together, held together and healed together. */
export type Step = {
  /** When it begins, as a share of the load's duration, 0 to 1. */
  readonly at: number;
  readonly faults: readonly FaultRequest[];
  readonly holdMs: number;
  /**
   * How long after one of its faults the next is injected, milliseconds, before they hold together: until the first has made
   * the situation that the second is to meet. Default 0.
   */
  readonly apartMs?: number;
};

/** How long a step is planned to take, milliseconds: from its first injection until its faults are healed. */
export function stepMs({ faults, holdMs, apartMs = 0 }: Step): number {
  return apartMs * (faults.length - 1) + holdMs;
}

/** What may happen to orders without refuting the hypothesis. Loss and double charges are never tolerated. */
export type Tolerance = {
  /** Orders that are never accepted, retries included. */
  readonly unacceptedMax: number;
  /** Invariants that the faults break on purpose: the audit must find each of them broken. */
  readonly expected: readonly InvariantName[];
};

export type Bounds = {
  /** How long the platform may take to be steady before the load starts, milliseconds. */
  readonly steadyMs: number;
  /** How long everything accepted may take to settle after the load has ended, milliseconds. */
  readonly drainMs: number;
  /** How long a healed victim may take to be ready again, milliseconds. */
  readonly recoveryMs: number;
  /**
   * How long something may take to tell of a step's faults (an instance that does not answer, a breaker, an alert, a
   * backlog, errors or delays of clients), milliseconds. Left out where nobody needs to notice.
   */
  readonly detectMs?: number;
  /**
   * How long after healing clients may wait for the service that they had before, and the backlog for its end, milliseconds.
   */
  readonly recoverMs: number;
};

/** An experiment before its load and parameters are chosen: a row of chaos/experiments. */
export type ExperimentPlan<P extends Parameters = Parameters> = Pick<Experiment, 'name' | 'hypothesis'> & {
  readonly parameters: P;
  /** Where none is asked for. */
  readonly load: LoadPlan;
  steps(values: ParameterValues<P>): readonly Step[];
  readonly tolerance?: Partial<Tolerance>;
  readonly bounds?: Partial<Bounds>;
  readonly expects?: Expectations;
  readonly alerts?: AlertPlan;
  readonly aborts?: Partial<AbortLimits>;
  readonly blastRadius?: Partial<BlastRadius>;
};

const defaultTolerance: Tolerance = { unacceptedMax: 0, expected: [] };
/**
 * A one-way partition costs elections of up to 25 s (toxiproxy-nats-facts), a breaker stays open for 15 s; then there is a
 * backlog to work off.
 */
const defaultBounds: Bounds = {
  ...{ steadyMs: 30_000, drainMs: 120_000, recoveryMs: 60_000 },
  recoverMs: 45_000,
};

/** A plan whose steps may use the parameters it declares, by name. */
export function defineExperiment<const P extends Parameters>(plan: ExperimentPlan<P>): ExperimentPlan {
  return plan;
}

/**
 * Makes an experiment of a plan.
 *
 * @param choice.load where left out, the plan's own
 * @param choice.settings values of parameters, where they are not to be the defaults
 * @throws FaultError that names every setting that is unknown or out of range
 */
export function planExperiment(
  plan: ExperimentPlan,
  choice: {
    readonly load?: Partial<LoadPlan>;
    readonly settings?: Readonly<Record<string, unknown>>;
  } = {},
): Experiment {
  const { load = {}, settings = {} } = choice;
  const problems = parameterProblems(plan.parameters, settings);
  if (problems.length > 0) throw new FaultError(`${plan.name} cannot run so:\n${problems.join('\n')}`);
  return {
    name: plan.name,
    hypothesis: plan.hypothesis,
    load: { ...plan.load, ...load },
    steps: plan.steps(fillParameters(plan.parameters, settings)),
    tolerance: { ...defaultTolerance, ...plan.tolerance },
    bounds: { ...defaultBounds, ...plan.bounds },
    expects: plan.expects ?? {},
    ...(plan.alerts === undefined ? {} : { alerts: plan.alerts }),
    aborts: { ...defaultAbortLimits, ...plan.aborts },
    blastRadius: plan.blastRadius ?? {},
  };
}
