import {
  acceptanceObjectives,
  type Condition,
  calmLateAfterMs,
  checkBehaviour,
  checkCalmBefore,
  checkKnee,
  checkPhases,
  checkRecoveries,
  findKnee,
  type HistorySource,
  judgeOnMachine,
  measureLatency,
  measurePhases,
  type NamedCheck,
  type Pulse,
  type ReportLoad,
  type ReportMachine,
  type ReportRecovery,
  type ReportSeries,
  type StepSpan,
  takePulse,
} from '../../verdict/index.ts';
import { attempt } from './attempt.ts';
import type { Experiment } from './experiment.ts';
import type { StepRecord } from './steps.ts';

/** What the course of a run says, beside what became of its orders. */
export type Judged = {
  /** Whether clients were served well until the first fault. */
  readonly calmBefore: Condition;
  readonly checks: readonly NamedCheck[];
  readonly recoveries: readonly ReportRecovery[];
  /** Whether what is promised to customers held under a load that has phases, with nothing broken. */
  readonly promises: readonly NamedCheck[];
  readonly load: Pick<ReportLoad, 'phases' | 'knee'>;
};

/** Of a run that sent nothing, or a load of one rate that broke nothing: what is missing then is told elsewhere. */
export const notJudged: Judged = {
  ...{ calmBefore: { status: 'not-applicable' }, checks: [], recoveries: [] },
  ...{ promises: [], load: {} },
};

type Course = {
  readonly experiment: Experiment;
  readonly history: HistorySource;
  readonly steps: readonly StepRecord[];
  readonly series: readonly ReportSeries[];
  readonly storedOrders: number | undefined;
  readonly machine: Pick<ReportMachine, 'cores' | 'loadAverageBefore'>;
};

/**
 * Judges the course of a run: by its history, read up to four times, and by what was sampled. A history that cannot be read leaves
 * it unknown.
 *
 * @param options.history undefined when nothing was sent
 * @param options.storedOrders undefined when there was no audit
 */
export async function judgeRun({
  history,
  ...options
}: Omit<Course, 'history'> & { readonly history: HistorySource | undefined }): Promise<Judged> {
  if (history === undefined) return notJudged;
  return attempt<Judged>(
    async () => {
      const isBroken = options.experiment.steps.length > 0;
      const course = isBroken ? await judgeCourse({ ...options, history }) : notJudged;
      return { ...course, ...(await judgePhases(history, options)) };
    },
    (reason) => ({ ...notJudged, calmBefore: { status: 'unknown', detail: reason } }),
  );
}

/** Where something is broken, recovery has bounds of its own: the phases are told, and not judged. */
async function judgePhases(
  history: HistorySource,
  { experiment, machine }: Pick<Course, 'experiment' | 'machine'>,
): Promise<Pick<Judged, 'promises' | 'load'>> {
  const { shape, ordersPerRequest } = history.manifest;
  if (shape === undefined) return { promises: [], load: {} };
  const phases = await measurePhases(history.batches(), shape, acceptanceObjectives, ordersPerRequest);
  const judged = judgeOnMachine(phases, machine, acceptanceObjectives, ordersPerRequest);
  const knee = shape.findsKnee === true ? findKnee(judged) : undefined;
  const checks = knee === undefined ? checkPhases(judged) : [checkKnee(knee)];
  return {
    promises: experiment.steps.length > 0 ? [] : checks,
    load: { phases, ...(knee === undefined ? {} : { knee }) },
  };
}

async function judgeCourse({
  experiment,
  history,
  steps,
  series,
  storedOrders,
}: Course): Promise<Pick<Judged, 'calmBefore' | 'checks' | 'recoveries'>> {
  const { startedAtMs, durationSeconds, finished } = history.manifest;
  const loadEndedAtMs = Math.min(startedAtMs + durationSeconds * 1_000, finished?.endedAtMs ?? Infinity);
  const spans = steps.flatMap(spanOf);
  const firstFaultAtMs = spans[0]?.injectedAtMs;
  const beforeMs = (firstFaultAtMs ?? loadEndedAtMs) - startedAtMs;
  const calmBefore = checkCalmBefore(await takePulse(history.batches(), calmLateAfterMs), beforeMs);
  const pulse = await takePulse(history.batches(), await lateAfterMs(history, beforeMs));
  const { recoveries, checks } = checkRecoveries(
    { spans, pulse, loadStartedAtMs: startedAtMs, loadEndedAtMs, series },
    experiment.bounds,
  );
  return {
    calmBefore,
    recoveries,
    checks: [
      ...checks,
      ...checkBehaviour({ series, pulse, storedOrders, firstFaultAtMs }, experiment.expects),
    ],
  };
}

/** When an order is late: beyond four times what one of a hundred waited before, within what a customer notices. */
async function lateAfterMs(history: HistorySource, beforeMs: number): Promise<Pulse['lateAfterMs']> {
  const before = { name: 'before', fromUs: 0, toUs: beforeMs * 1_000 };
  const { windows } = await measureLatency(history.batches(), [before]);
  const p99Ms = (windows[0]?.final?.p99Us ?? 0) / 1_000;
  return Math.min(calmLateAfterMs, Math.max(250, Math.ceil(4 * p99Ms)));
}

/** From its first injection to its last healing; a step that injected nothing has none. */
export function spanOf({ step, records }: StepRecord): readonly StepSpan[] {
  const [first] = records;
  if (first === undefined) return [];
  const healings = records.map(({ healedAtMs }) => healedAtMs);
  const healedAtMs = healings.includes(undefined)
    ? undefined
    : Math.max(...healings.map((atMs) => atMs ?? 0));
  return [{ step, injectedAtMs: first.injectedAtMs, healedAtMs }];
}
