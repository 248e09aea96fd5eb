import type { ReportAlert } from '../report/model.ts';
import type { Condition } from '../verdicts.ts';
import type { NamedCheck } from './course.ts';

/** An alert that the faults of an experiment must make fire, and their healing must end. */
export type ExpectedAlert = {
  /** `SettlementBudgetBurn`. */
  readonly alert: string;
  /** Labels that it must have, where its name is not enough: `{ severity: 'page' }`. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * How many times longer than promised it may take to fire, since not everything of its kind goes wrong, as the promise
   * supposes; default 1.
   */
  readonly slowerBy?: number;
  /** The faults do their harm at once: the alert may come when they are healed. */
  readonly isMomentary?: boolean;
  /** Names of alerts that must not be told of before it. */
  readonly precedes?: readonly string[];
};

/** An alert as somebody who was told of it knows it. Milliseconds since the Unix epoch. */
export type HeardAlert = {
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined when only its end was heard of. */
  readonly firedAtMs: number | undefined;
  /** Undefined while it fires. */
  readonly resolvedAtMs: number | undefined;
};

/** How soon an alert is told of when all of its kind goes wrong, and how soon its end. Milliseconds. */
export type AlertPromise = { readonly firesWithinMs: number; readonly resolvesWithinMs: number };

/** What a run showed, as far as alerts go. Milliseconds since the Unix epoch. */
export type AlertCourse = {
  /** When the first fault was injected; undefined when none was. */
  readonly injectedAtMs: number | undefined;
  /** When the last one was healed and the platform was as before; undefined when one never was healed. */
  readonly wellAtMs: number | undefined;
  readonly lookedUntilMs: number;
  /** What was heard since before the first fault, or why nobody can tell. */
  readonly heard: readonly HeardAlert[] | string;
  /** What the rules that were in force promise; undefined for an alert that they do not have. */
  promiseOf(expected: ExpectedAlert): AlertPromise | undefined;
};

/** Whether an alert is the one that is expected. */
export function isExpected({ alert, labels = {} }: ExpectedAlert, told: HeardAlert['labels']): boolean {
  return told.alertname === alert && Object.entries(labels).every(([name, value]) => told[name] === value);
}

/** `SettlementBudgetBurn (severity page)`. */
export function describeAlert({ alert, labels = {} }: ExpectedAlert): string {
  const words = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? alert : `${alert} (${words.join(', ')})`;
}

/** How soon each alert told of the faults, how soon it was over, and whether that kept what it promises. Pure. */
export function checkAlerts(
  course: AlertCourse,
  expected: readonly ExpectedAlert[],
): { readonly alerts: readonly ReportAlert[]; readonly checks: readonly NamedCheck[] } {
  const judged = expected.map((one) => judgeAlert(course, one));
  return { alerts: judged.map(({ alert }) => alert), checks: judged.flatMap(({ checks }) => checks) };
}

function judgeAlert(
  course: AlertCourse,
  expected: ExpectedAlert,
): { readonly alert: ReportAlert; readonly checks: readonly NamedCheck[] } {
  const name = describeAlert(expected);
  const bounds = boundsOf(course, expected);
  const firings = firingsOf(course, expected);
  const firedAtMs = firings[0]?.firedAtMs;
  const resolvedAtMs = endOf(firings);
  return {
    alert: {
      alert: name,
      firedAfterMs: after(firedAtMs, course.injectedAtMs),
      firesWithinMs: bounds?.firesWithinMs,
      resolvedAfterMs: after(resolvedAtMs, course.wellAtMs),
      resolvesWithinMs: bounds?.resolvesWithinMs,
    },
    checks: [
      { name: `the alert ${name} fires in time`, check: judgeFiring(course, expected, firedAtMs) },
      { name: `the alert ${name} ends in time`, check: judgeEnd(course, expected, firings) },
      ...(expected.precedes ?? []).map((other, _at, others) => ({
        name: `the alert ${name} is there before ${other}`,
        check: judgeOrder(course, { other, others, firedAtMs }),
      })),
    ],
  };
}

const met: Condition = { status: 'met' };
const notMet = (detail: string): Condition => ({ status: 'not-met', detail });
const unknown = (detail: string): Condition => ({ status: 'unknown', detail });

function boundsOf(course: AlertCourse, expected: ExpectedAlert): AlertPromise | undefined {
  const promise = course.promiseOf(expected);
  return promise && { ...promise, firesWithinMs: promise.firesWithinMs * (expected.slowerBy ?? 1) };
}

/** Since the first fault, the first one first. */
function firingsOf({ heard, injectedAtMs }: AlertCourse, expected: ExpectedAlert): readonly HeardAlert[] {
  if (typeof heard === 'string' || injectedAtMs === undefined) return [];
  return heard
    .filter(({ labels, firedAtMs }) => isExpected(expected, labels) && (firedAtMs ?? 0) >= injectedAtMs)
    .toSorted((a, b) => (a.firedAtMs ?? 0) - (b.firedAtMs ?? 0));
}

/** When the last of them was over; undefined while one fires, and when there was none. */
function endOf(firings: readonly HeardAlert[]): number | undefined {
  const ends = firings.map(({ resolvedAtMs }) => resolvedAtMs);
  if (ends.length === 0 || ends.includes(undefined)) return undefined;
  return Math.max(...ends.map((atMs) => atMs ?? 0));
}

/** Why nothing can be said about an alert; undefined when something can. */
function whyUnknown(course: AlertCourse, expected: ExpectedAlert): string | undefined {
  const { heard, injectedAtMs } = course;
  if (injectedAtMs === undefined) return 'nothing was injected';
  if (typeof heard === 'string') return heard;
  if (course.promiseOf(expected) === undefined) return 'the rules in force have no such alert';
  return firedBefore(course, expected) ? 'it was firing before anything was broken' : undefined;
}

/** Whether an alert was firing when the first fault came. */
function firedBefore({ heard, injectedAtMs }: AlertCourse, alert: ExpectedAlert): boolean {
  if (typeof heard === 'string' || injectedAtMs === undefined) return false;
  return heard.some(
    ({ labels, firedAtMs, resolvedAtMs = Infinity }) =>
      isExpected(alert, labels) && (firedAtMs ?? 0) < injectedAtMs && resolvedAtMs > injectedAtMs,
  );
}

function judgeFiring(course: AlertCourse, expected: ExpectedAlert, firedAtMs: number | undefined): Condition {
  const why = whyUnknown(course, expected);
  const bound = boundsOf(course, expected)?.firesWithinMs;
  if (why !== undefined || bound === undefined) return unknown(why ?? '');
  const afterMs = after(firedAtMs, course.injectedAtMs);
  if (afterMs !== undefined) {
    return afterMs <= bound ? met : notMet(`only after ${afterMs} ms, expected ${bound} at most`);
  }
  const lookedForMs = after(course.lookedUntilMs, course.injectedAtMs) ?? 0;
  const detail = `it did not in ${lookedForMs} ms, expected within ${bound}`;
  return lookedForMs >= bound ? notMet(detail) : unknown(`${detail}, and nobody looked for longer`);
}

function judgeEnd(course: AlertCourse, expected: ExpectedAlert, firings: readonly HeardAlert[]): Condition {
  const why = whyUnknown(course, expected);
  const bound = boundsOf(course, expected)?.resolvesWithinMs;
  if (why !== undefined || bound === undefined) return unknown(why ?? '');
  // That is said already.
  if (firings.length === 0) return { status: 'not-applicable' };
  if (course.wellAtMs === undefined) return unknown('what was broken was never healed');
  const afterMs = after(endOf(firings), course.wellAtMs);
  if (afterMs !== undefined) {
    return afterMs <= bound
      ? met
      : notMet(`only ${afterMs} ms after all was well, expected ${bound} at most`);
  }
  const lookedForMs = after(course.lookedUntilMs, course.wellAtMs) ?? 0;
  const detail = `it still fired ${lookedForMs} ms after all was well, expected its end within ${bound}`;
  return lookedForMs >= bound ? notMet(detail) : unknown(`${detail}, and nobody looked for longer`);
}

/**
 * One that never fires is judged by itself, and none that does came later. Where one of those that should have come later was
 * there before the faults, the platform was not well before, and the order says nothing of them.
 */
function judgeOrder(
  course: AlertCourse,
  {
    other,
    others,
    firedAtMs,
  }: { readonly other: string; readonly others: readonly string[]; readonly firedAtMs: number | undefined },
): Condition {
  if (typeof course.heard === 'string') return unknown(course.heard);
  const early = others.find((alert) => firedBefore(course, { alert }));
  if (early !== undefined) return unknown(`${early} was firing before anything was broken`);
  const first = firingsOf(course, { alert: other })[0]?.firedAtMs;
  if (first === undefined) return met;
  if (firedAtMs === undefined) return notMet(`${other} was told of, and it was not`);
  return firedAtMs <= first ? met : notMet(`${other} came ${firedAtMs - first} ms before it`);
}

/** Milliseconds from one moment to another, at least 0; undefined when one of them is not known. */
function after(atMs: number | undefined, fromMs: number | undefined): number | undefined {
  return atMs === undefined || fromMs === undefined ? undefined : Math.max(0, atMs - fromMs);
}
