import type { ReportSeries, SeriesName } from '../report/model.ts';
import type { Course, StepSpan } from './course.ts';
import type { Pulse } from './pulse.ts';
import { greatest, pointsBetween } from './series.ts';

/** What told of a step's faults, and when, milliseconds since the Unix epoch. */
export type Signal = { readonly atMs: number; readonly what: string };

/** What was usual in the time before is no signal: what an earlier step did is over by then, or it hides this one. */
const usualMs = 10_000;
/** Fewer late orders or failed answers in a quarter of a second are no signal on a busy machine. */
const clientNoise = 2;
/** Nor is a backlog of fewer groups. */
const backlogNoise = 32;

/**
 * The first thing that told of a step: an instance that did not answer, a breaker, an alert, a backlog, errors or delays of
 * clients. What was there before the step already is no signal of it.
 *
 * @param untilMs when the next step began; what comes after that may be its doing
 */
export function firstSignal(course: Course, span: StepSpan, untilMs: number): Signal | undefined {
  const { pulse, series, loadStartedAtMs } = course;
  const found = [
    ...series.flatMap((one) => changeOf(one, span.injectedAtMs, untilMs)),
    ...(pulse === undefined ? [] : clientSignals(pulse, loadStartedAtMs, span.injectedAtMs, untilMs)),
  ];
  return found.reduce<Signal | undefined>(
    (first, signal) => (first === undefined || signal.atMs < first.atMs ? signal : first),
    undefined,
  );
}

/** A look that one instance does not answer in time is no signal either: on a busy machine that happens. */
const silentLooks = 2;

/** From which value on a series tells of trouble, given what it was before; series that are not here tell of none. */
const alarms: Partial<
  Record<SeriesName, { isAlarm(value: number, before: number): boolean; words(subject: string): string }>
> = {
  breaker: { isAlarm: (value) => value === 2, words: (subject) => `the breaker of ${subject} opened` },
  up: { isAlarm: (value) => value === 0, words: (subject) => `${subject} did not answer` },
  alert: { isAlarm: (value) => value === 1, words: (subject) => `the alert ${subject} fired` },
  backlog: {
    isAlarm: (value, before) => value > Math.max(2 * before, backlogNoise),
    words: (subject) => `the backlog of ${subject} grew`,
  },
};

function changeOf(
  { name, subject, points }: ReportSeries,
  injectedAtMs: number,
  untilMs: number,
): readonly Signal[] {
  const alarm = alarms[name];
  if (alarm === undefined) return [];
  const before = pointsBetween(points, 0, injectedAtMs);
  const last = before.at(-1);
  const most = greatest(pointsBetween(before, injectedAtMs - usualMs, injectedAtMs)) ?? last?.value ?? 0;
  if (last !== undefined && alarm.isAlarm(last.value, most)) return [];
  const after = pointsBetween(points, injectedAtMs + 1, untilMs);
  const looks = name === 'up' ? silentLooks : 1;
  const told = after.find((_, at) => {
    const latest = after.slice(Math.max(0, at + 1 - looks), at + 1);
    return latest.length === looks && latest.every(({ value }) => alarm.isAlarm(value, most));
  });
  return told === undefined ? [] : [{ atMs: told.atMs, what: alarm.words(subject) }];
}

function clientSignals(
  { beats, beatMs, lateAfterMs }: Pulse,
  startedAtMs: number,
  injectedAtMs: number,
  untilMs: number,
): readonly Signal[] {
  const first = Math.max(0, Math.ceil((injectedAtMs - startedAtMs) / beatMs));
  const end = (untilMs - startedAtMs) / beatMs;
  const kinds = [
    ['failedAnswers', 'clients got answers other than 201'],
    ['gotLate', `clients waited longer than ${lateAfterMs} ms`],
  ] as const;
  return kinds.flatMap(([key, what]) => {
    const usual = Math.max(
      clientNoise,
      ...beats.slice(Math.max(0, first - usualMs / beatMs), first).map((beat) => beat[key]),
    );
    const at = beats.findIndex((beat, index) => index >= first && index < end && beat[key] > usual);
    return at < 0 ? [] : [{ atMs: startedAtMs + (at + 1) * beatMs, what }];
  });
}
