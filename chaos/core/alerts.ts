import { promiseAnnotations } from '../../observability/slo/rules/rule.ts';
import type { AlertRecord } from '../../services/alert-recorder/alert-book.ts';
import { delay } from '../../services/runtime/index.ts';
import type { Target } from '../../targets/target.ts';
import {
  type AlertCourse,
  type AlertPromise,
  checkAlerts,
  describeAlert,
  type ExpectedAlert,
  isExpected,
  type ReportAlert,
  type ReportRecovery,
} from '../../verdict/index.ts';
import { attempt } from './attempt.ts';
import { alertScaleOfExperiments, type Experiment, stepMs } from './experiment.ts';
import { spanOf } from './judge.ts';
import type { StepRecord } from './steps.ts';

const timeoutMs = 2_000;
const lookEveryMs = 1_000;

/** An alert of the rules in force. */
type AlertingRule = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

type PromiseFinder = AlertCourse['promiseOf'];

/** @throws when the recorder does not answer, or there is none */
async function readAlerts(target: Target): Promise<AlertRecord> {
  const { alertRecorder } = await target.addresses();
  if (alertRecorder === '') throw new Error('nobody records the alerts of this platform');
  return getJson<AlertRecord>(`${alertRecorder}/v1/alerts`);
}

/**
 * What the alerts of the rules in force promise, as Prometheus has them: whoever asks need not know how they are scaled.
 *
 * @returns a function that finds the promise of an alert; one that the rules do not have has none
 * @throws when Prometheus does not answer
 */
async function readPromises(target: Target): Promise<PromiseFinder> {
  const { prometheus } = await target.addresses();
  type Answer = {
    readonly data: { readonly groups: readonly { readonly rules: readonly AlertingRule[] }[] };
  };
  const { data } = await getJson<Answer>(`${prometheus}/api/v1/rules?type=alert`);
  const rules = data.groups.flatMap((group) => group.rules);
  return (expected) => promiseOf(rules, expected);
}

/** The promise of the first rule that may be meant; labels that only its expression gives it may be anything. Pure. */
export function promiseOf(
  rules: readonly AlertingRule[],
  { alert, labels = {} }: ExpectedAlert,
): AlertPromise | undefined {
  const rule = rules.find(
    (one) =>
      one.name === alert &&
      Object.entries(labels).every(([name, value]) => (one.labels[name] ?? value) === value),
  );
  const firesWithin = Number(rule?.annotations[promiseAnnotations.firesWithin]);
  const resolvesWithin = Number(rule?.annotations[promiseAnnotations.resolvesWithin]);
  if (Number.isNaN(firesWithin) || Number.isNaN(resolvesWithin)) return undefined;
  return { firesWithinMs: firesWithin * 1_000, resolvesWithinMs: resolvesWithin * 1_000 };
}

/** Why the alerts of an experiment could tell nothing if it began now: one fires, or nobody records. Empty: they could. */
export async function restlessAlerts(
  target: Target,
  { alerts }: Pick<Experiment, 'alerts'>,
): Promise<readonly string[]> {
  if (alerts === undefined) return [];
  return attempt<readonly string[]>(
    async () => {
      const record = await readAlerts(target);
      const firing = record.alerts.filter(({ resolvedAtMs }) => resolvedAtMs === undefined);
      return alerts.expected
        .filter((one) => firing.some(({ labels }) => isExpected(one, labels)))
        .map((one) => `the alert ${describeAlert(one)} fires`);
    },
    (reason) => [`the alerts cannot be read: ${reason}`],
  );
}

/**
 * Why the faults of an experiment are healed before its alerts must have fired: the rules in force look back for longer. Empty
 * where they do not, and where nobody can tell.
 */
export async function alertsTooSlow(
  target: Target,
  { alerts, steps }: Pick<Experiment, 'alerts' | 'steps'>,
): Promise<readonly string[]> {
  if (alerts === undefined) return [];
  const heldMs = Math.max(0, ...steps.map(stepMs));
  const promiseOf = await attempt<PromiseFinder>(
    () => readPromises(target),
    () => () => undefined,
  );
  return alerts.expected.flatMap((one) => {
    const withinMs = (promiseOf(one)?.firesWithinMs ?? 0) * (one.slowerBy ?? 1);
    if (one.isMomentary === true || withinMs <= heldMs) return [];
    return [
      `the alert ${describeAlert(one)} may take ${withinMs} ms, and the faults hold for ${heldMs} ms; expected a platform whose alerts are sooner (\`up --alert-scale ${alertScaleOfExperiments}\`)`,
    ];
  });
}

/**
 * Waits until every alert that an experiment expects has fired and is over, or its time is up. Called when all is healed.
 *
 * @param options.signal ends the waiting
 * @returns what was heard, as if the platform had taken all its time to be as before; undefined when nothing is expected
 */
export async function awaitAlerts(options: {
  readonly experiment: Pick<Experiment, 'alerts' | 'bounds'>;
  readonly target: Target;
  readonly steps: readonly StepRecord[];
  readonly nowMs: () => number;
  readonly onStatus: (text: string) => void;
  readonly signal: AbortSignal;
}): Promise<AlertCourse | undefined> {
  const { experiment, target, steps, nowMs, signal } = options;
  const expected = experiment.alerts?.expected ?? [];
  if (expected.length === 0) return undefined;
  const spans = steps.flatMap(spanOf);
  const injectedAtMs = spans[0]?.injectedAtMs;
  const healedAtMs = lastHealing(spans);
  const wellAtMs = healedAtMs && healedAtMs + experiment.bounds.recoverMs;
  const promises = await attempt<PromiseFinder | string>(
    () => readPromises(target),
    (reason) => reason,
  );
  for (;;) {
    const heard = await attempt<AlertCourse['heard']>(
      async () => heardSince(await readAlerts(target), injectedAtMs),
      (reason) => `the alerts cannot be read: ${reason}`,
    );
    const course: AlertCourse = {
      ...{ injectedAtMs, wellAtMs, lookedUntilMs: nowMs() },
      heard: typeof promises === 'string' ? `the rules cannot be read: ${promises}` : heard,
      promiseOf: typeof promises === 'string' ? () => undefined : promises,
    };
    const waitsFor = waitedFor(course, checkAlerts(course, expected).alerts);
    if (waitsFor.length === 0 || signal.aborted) return course;
    options.onStatus(`alerts: ${waitsFor.join(', ')}`);
    await delay(lookEveryMs, signal);
  }
}

/**
 * Judges what was heard of the alerts that an experiment expects. Their time to end begins when the platform is as before: an
 * order that comes late is late however long ago the fault was healed. Pure.
 *
 * @param course undefined when nothing is expected
 */
export function judgeAlerts(
  { alerts }: Pick<Experiment, 'alerts'>,
  course: AlertCourse | undefined,
  recoveries: readonly ReportRecovery[],
): ReturnType<typeof checkAlerts> {
  if (course === undefined) return { alerts: [], checks: [] };
  const healedAtMs = lastHealing(recoveries);
  const wellAtMs = healedAtMs && healedAtMs + (recoveries.at(-1)?.recoveredAfterMs ?? 0);
  return checkAlerts({ ...course, wellAtMs }, alerts?.expected ?? []);
}

/** Undefined when nothing was broken, or something was never healed. */
function lastHealing(spans: readonly { readonly healedAtMs: number | undefined }[]): number | undefined {
  return spans.some(({ healedAtMs }) => healedAtMs === undefined) ? undefined : spans.at(-1)?.healedAtMs;
}

function heardSince({ sinceMs, alerts }: AlertRecord, injectedAtMs = Infinity): AlertCourse['heard'] {
  return sinceMs <= injectedAtMs ? alerts : 'the recorder of alerts was started after the first fault';
}

/** What may still come within its time. */
function waitedFor(
  { injectedAtMs, wellAtMs, lookedUntilMs }: AlertCourse,
  alerts: readonly ReportAlert[],
): readonly string[] {
  const isOpen = (afterMs: number | undefined, fromMs: number | undefined, withinMs: number | undefined) =>
    afterMs === undefined && fromMs !== undefined && lookedUntilMs - fromMs < (withinMs ?? 0);
  return alerts.flatMap(({ alert, firedAfterMs, firesWithinMs, resolvedAfterMs, resolvesWithinMs }) => {
    if (isOpen(firedAfterMs, injectedAtMs, firesWithinMs)) return [`${alert} is to fire`];
    // What never fired has no end.
    if (firedAfterMs === undefined) return [];
    return isOpen(resolvedAfterMs, wellAtMs, resolvesWithinMs) ? [`${alert} is to end`] : [];
  });
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return (await response.json()) as T;
}
