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
 * Counts the events of a step. Every window is a sum of steps, so one definition of an SLI serves them all, windows of
 * weeks cost little, and each event weighs the same whenever it happened.
 *
 * While the service sends its metrics but counted nothing, a step is 0; while it sends nothing, there is no sample.
 */
export function stepRules({ name, sli }: Slo, timing: Timing): readonly Rule[] {
  const { valid, bad } = eventsOf(sli, timing);
  const labels = { slo: name, chaos: 'counted' };
  const none = `0 * ${isSending(sli.service, timing.rateSeconds)}`;
  const perStep = (rate: string) => `(${rate} or ${none}) * ${timing.stepSeconds}`;
  return [
    { record: series.validEvents, expr: perStep(valid), labels },
    { record: series.badEvents, expr: perStep(bad), labels },
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

/** Events per second. */
function eventsOf(sli: Sli, { rateSeconds }: Timing): { readonly valid: string; readonly bad: string } {
  const { metric, service: job, valid } = sli;
  const rate = (selector: string) => `sum(rate(${selector}[${duration(rateSeconds)}]))`;
  if (sli.kind === 'ratio') {
    return {
      valid: rate(select(metric, valid, { job })),
      bad: rate(select(metric, { ...valid, ...sli.bad }, { job })),
    };
  }
  const all = rate(select(metric, valid, { job, part: 'count' }));
  const good = rate(select(metric, valid, { job, part: 'bucket', le: sli.thresholdSeconds }));
  return { valid: all, bad: `clamp_min(${all} - ${good}, 0)` };
}
