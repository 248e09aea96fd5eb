import { z } from 'zod';
import type { RetryPolicy } from '../../loadtests/recorder/retry.ts';
import { type Expectations, invariantNames, peakRate, totalMs } from '../../verdict/index.ts';
import type { AbortLimits } from './abort.ts';
import type { BlastRadius } from './blast-radius.ts';
import {
  type Bounds,
  type Experiment,
  type ExperimentPlan,
  planExperiment,
  type Tolerance,
} from './experiment.ts';
import { completeRequest, FaultError, type FaultKind } from './fault.ts';

/** The experiment that a run conducted, in the run's directory: whoever has it can repeat the run, or shrink it. */
export const experimentFile = 'experiment.json';

export function renderExperimentFile(experiment: Experiment): string {
  return `${JSON.stringify(experiment, null, 2)}\n`;
}

const step = z.object({
  at: z.number().min(0).max(1),
  holdMs: z.number().positive(),
  apartMs: z.number().nonnegative().optional(),
  faults: z.array(z.object({ fault: z.string(), request: z.record(z.string(), z.unknown()) })),
});

const limit = z.number().nonnegative();

/** A part of an experiment, with all that it may have: what is misspelt would otherwise be as by default. */
const part = <T>(shape: Record<keyof T, z.ZodType>) => z.strictObject(shape).partial().optional();

const rate = z.int().nonnegative();
const shape = z.strictObject({
  name: z.string(),
  findsKnee: z.boolean().optional(),
  phases: z
    .array(
      z.strictObject({
        name: z.string(),
        startRate: rate,
        endRate: rate,
        durationMs: z.int().positive(),
        isJudged: z.boolean(),
      }),
    )
    .min(1),
});

/** What a person may have changed; what is left out is as by default. */
const experiment = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  hypothesis: z.string(),
  load: z
    .strictObject({
      rate: z.int().positive(),
      durationSeconds: z.number().positive(),
      client: z.enum(['recorder', 'k6']).optional(),
      shape: shape.optional(),
      ordersPerRequest: z.int().min(1).max(100).optional(),
      retry: part<RetryPolicy>({
        ...{ deadlineMs: limit, tryTimeoutMs: limit, backOffMsMin: limit, backOffMsMax: limit },
        ...{ retryAfterMsMax: limit, triesMax: z.int().min(1).max(255) },
      }),
    })
    .refine((load) => load.shape === undefined || load.rate === peakRate(load.shape), {
      path: ['rate'],
      error: 'is not the highest rate of the shape',
    })
    .refine((load) => load.shape === undefined || load.durationSeconds === totalMs(load.shape) / 1_000, {
      path: ['durationSeconds'],
      error: 'is not what the phases of the shape take together',
    }),
  steps: z.array(step),
  tolerance: part<Tolerance>({
    unacceptedMax: z.int().nonnegative(),
    expected: z.array(z.enum(invariantNames)),
  }),
  bounds: part<Bounds>({
    ...{ steadyMs: limit, drainMs: limit, recoveryMs: limit },
    ...{ detectMs: limit, recoverMs: limit },
  }),
  expects: part<Expectations>({
    breakerOpens: z.boolean(),
    chargeAttemptsPerOrderMax: limit,
    redeliveriesPerOrderMax: limit,
    queuedOrdersMax: limit,
    memoryGrowthBytesMax: limit,
    failedAnswersPerOrderMax: limit,
    unknownAnswersPerOrderMax: limit,
  }),
  alerts: z
    .strictObject({
      expected: z.array(
        z.strictObject({
          alert: z.string(),
          labels: z.record(z.string(), z.string()).optional(),
          slowerBy: z.number().min(1).optional(),
          isMomentary: z.boolean().optional(),
          precedes: z.array(z.string()).optional(),
        }),
      ),
      isAudited: z.boolean().optional(),
    })
    .optional(),
  aborts: part<AbortLimits>({
    unreachableMs: limit,
    starvedMs: limit,
    failedShareMax: z.number().min(0).max(1),
    diskFreeBytesMin: limit,
  }),
  blastRadius: part<BlastRadius>({ instancesMax: z.int().positive(), brokersMax: z.int().positive() }),
});

/**
 * Reads an experiment that {@link renderExperimentFile} wrote.
 *
 * @param where names the text in errors
 * @throws FaultError that lists all that is wrong with it
 */
export function parseExperimentFile(
  text: string,
  where: string,
  kinds: Readonly<Record<string, FaultKind<never>>>,
): Experiment {
  const parsed = experiment.safeParse(parseJson(text));
  const problems = parsed.success
    ? parsed.data.steps.flatMap(({ faults }) => faults.flatMap((fault) => faultProblems(fault, kinds)))
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  if (!parsed.success || problems.length > 0) {
    throw new FaultError(`${where} is no experiment:\n${problems.join('\n')}`);
  }
  const { steps, ...plan } = parsed.data;
  return planExperiment({ ...plan, parameters: {}, steps: () => steps } as unknown as ExperimentPlan);
}

function faultProblems(
  { fault, request }: { readonly fault: string; readonly request: object },
  kinds: Readonly<Record<string, FaultKind<never>>>,
): readonly string[] {
  const kind = kinds[fault];
  if (kind === undefined) return [`there is no fault ${JSON.stringify(fault)}`];
  try {
    completeRequest(kind, request as never);
    return [];
  } catch (error) {
    return [(error as FaultError).message];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
