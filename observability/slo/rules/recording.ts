import type { Sli, Slo } from '../model.ts';
import { duration, isSending, select } from '../promql.ts';
import type { Rule } from './rule.ts';
import { series } from './series.ts';
import type { Timing } from './timing.ts';

/** The share of events that may be bad, freed from the noise of binary fractions. */
export function errorBudgetOf({ objective }: Pick<Slo, 'objective'>): number {
  return Number((1 - objective).toPrecision(12));
}

/**
 * What a service counted has reached Prometheus after this long at most, seconds. A sample that comes later would be in no
 * step: not in the one before, which did not see it, nor in the one after, which begins with it.
 */
const arrivalSeconds = 5;
/** A counter goes on where it was when it had been silent for no longer than this, seconds. */
const silenceSeconds = 300;

/**
 * Counts the events of a step: by how much counters are further than they were a step ago. Every window is a sum of steps,
 * so one definition of an SLI serves them all, windows of weeks cost little, and each event counts once, whenever it
 * happened. A rate would not do: it counts what comes in a burst, as after an outage, by up to a quarter too low or too high.
 *
 * While the service sends its metrics but counted nothing, a step is 0; while it sends nothing, there is no sample.
 */
export function stepRules({ name, sli }: Slo, timing: Timing): readonly Rule[] {
  const { valid, bad } = eventsOf(sli, timing);
  const labels = { slo: name, chaos: 'counted' };
  const none = `0 * ${isSending(sli.service, timing.silentSeconds)}`;
  return [
    { record: series.validEvents, expr: `${valid} or ${none}`, labels },
    { record: series.badEvents, expr: `${bad} or ${none}`, labels },
  ];
}

/** The same steps without what happened in announced chaos windows. */
export function stepsWithoutChaos(): readonly Rule[] {
  return [series.validEvents, series.badEvents].map((record) => ({
    record,
    expr: `${record}{chaos="counted"} * on () group_left () (1 - ${series.chaosExcluded})`,
    labels: { chaos: 'excluded' },
  }));
}

/** The share and the number of bad events in a window, of all SLOs at once. */
export function windowRules(windowSeconds: number): readonly Rule[] {
  const window = duration(windowSeconds);
  return [
    {
      record: series.badEventsSum,
      expr: `sum_over_time(${series.badEvents}[${window}])`,
      labels: { window },
    },
    {
      record: series.errorRatio,
      expr: `${series.badEventsSum}{window="${window}"} / ignoring (window) (sum_over_time(${series.validEvents}[${window}]) > 0)`,
      labels: { window },
    },
  ];
}

/** What each SLO may spend in its window, and what is left of it. */
export function budgetRules(slos: readonly Slo[], timing: Timing): readonly Rule[] {
  const days = [...new Set(slos.map(({ windowDays }) => windowDays))];
  return [
    ...slos.map((slo) => ({
      record: series.errorBudget,
      expr: `vector(${errorBudgetOf(slo)})`,
      labels: { slo: slo.name },
    })),
    ...days.flatMap((windowDays) => {
      const period = timing.scaled(windowDays * 86_400);
      const names = slos.filter((slo) => slo.windowDays === windowDays).map(({ name }) => name);
      const spent = `${series.errorRatio}{slo=~"${names.join('|')}",window="${duration(period)}"}`;
      return [
        ...windowRules(period),
        {
          record: series.budgetLeft,
          expr: `1 - sum without (window) (${spent}) / on (slo) group_left () ${series.errorBudget}`,
        },
      ];
    }),
  ];
}

/** Events of a step. */
function eventsOf(sli: Sli, timing: Timing): { readonly valid: string; readonly bad: string } {
  const { metric, service: job, valid } = sli;
  const counted = (selector: string) => `sum(${rise(selector, timing)})`;
  if (sli.kind === 'ratio') {
    return {
      valid: counted(select(metric, valid, { job })),
      bad: counted(select(metric, { ...valid, ...sli.bad }, { job })),
    };
  }
  const all = counted(select(metric, valid, { job, part: 'count' }));
  const good = counted(select(metric, valid, { job, part: 'bucket', le: sli.thresholdSeconds }));
  return { valid: all, bad: `clamp_min(${all} - ${good}, 0)` };
}

/**
 * By how much a counter rose within a step. One that starts anew counts from zero; one that was not there before counts from
 * its first sample, since nobody knows how long it had counted. Services begin to send before they begin to count.
 */
function rise(counter: string, { stepSeconds, silentSeconds }: Timing): string {
  const at = (within: number, ago: number) =>
    `last_over_time(${counter}[${duration(within)}] offset ${duration(ago)})`;
  const now = at(silentSeconds, arrivalSeconds);
  const first = `min_over_time(${counter}[${duration(stepSeconds)}] offset ${duration(arrivalSeconds)})`;
  const before = `(${at(silenceSeconds, arrivalSeconds + stepSeconds)} or ${first})`;
  return `(${now} - ${before}) >= 0 or ${now} and ${before}`;
}
