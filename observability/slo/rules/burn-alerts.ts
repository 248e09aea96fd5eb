import type { Severity } from '../labels.ts';
import type { Slo } from '../model.ts';
import { duration } from '../promql.ts';
import { errorBudgetOf } from './recording.ts';
import type { Alert } from './rule.ts';
import { series } from './series.ts';
import type { BurnWindow, Timing } from './timing.ts';

/** `acceptance-latency` burns its budget as `AcceptanceLatencyBudgetBurn`. */
function burnAlertName(slo: Pick<Slo, 'name'>): string {
  const pascal = slo.name.replaceAll(/(^|-)([a-z0-9])/g, (_all, _dash, letter: string) =>
    letter.toUpperCase(),
  );
  return `${pascal}BudgetBurn`;
}

/**
 * The alerts of one SLO: a page for the fast burns, a ticket for the slow ones, and one for the lack of data.
 *
 * A burn alert asks three things: does the long window burn fast enough to matter, does the short one say that it goes
 * on, and were there enough bad events for it to be more than bad luck on a quiet night. Announced chaos is left out.
 */
export function burnAlerts(slo: Slo, timing: Timing): readonly Alert[] {
  const alert = (severity: Severity): Alert => {
    const windows = timing.burnWindows.filter((window) => window.severity === severity);
    const conditions = windows.map((window) => `(\n${burns(slo, window)}\n)`);
    return {
      name: burnAlertName(slo),
      severity,
      owner: slo.owner,
      slo: slo.name,
      consequenceOf: slo.consequenceOf,
      expr: `max by (slo) (\n${conditions.join('\nor\n')}\n)`,
      ...burnDelays(slo, windows, timing),
      summary: `${slo.title}: the error budget burns ${severity === 'page' ? 'fast' : 'steadily'}`,
      description: `${slo.description} {{ $value | humanizePercentage }} of the events were bad.`,
    };
  };
  return [alert('page'), alert('ticket')];
}

/** An SLO that cannot be measured is not kept. */
export function dataMissingAlert(slo: Slo, timing: Timing): Alert {
  return {
    name: 'SloDataMissing',
    severity: 'page',
    owner: slo.owner,
    slo: slo.name,
    consequenceOf: ['telemetry'],
    expr: `sum without (chaos) (absent(${series.validEvents}{slo="${slo.name}",chaos="counted"}))`,
    forSeconds: timing.scaled(300),
    seesAfterSeconds: timing.silentSeconds,
    seesForSeconds: timing.silentSeconds,
    summary: `${slo.title}: nothing is measured`,
    description: `The service ${slo.sli.service} sends no metrics, so nobody knows whether the promise is kept.`,
  };
}

function burns(slo: Slo, { burnRate, longSeconds, shortSeconds }: BurnWindow): string {
  const threshold = `${burnRate} * ${errorBudgetOf(slo)}`;
  const of = (seconds: number) => `{slo="${slo.name}",chaos="excluded",window="${duration(seconds)}"}`;
  return [
    `  ${series.errorRatio}${of(longSeconds)} > ${threshold}`,
    `  and on (slo) ${series.errorRatio}${of(shortSeconds)} > ${threshold}`,
    `  and on (slo) ${series.badEventsSum}${of(longSeconds)} >= ${slo.badEventsMin}`,
  ].join('\n');
}

/**
 * When every event is bad, a window burns fast enough once the bad ones are as large a part of it as the rate says (SRE
 * workbook, chapter 5, "detection time"); it stops when the short window has moved on.
 */
function burnDelays(
  slo: Slo,
  windows: readonly BurnWindow[],
  { silentSeconds }: Timing,
): Pick<Alert, 'seesAfterSeconds' | 'seesForSeconds'> {
  const soonest = Math.min(
    ...windows.map(({ burnRate, longSeconds }) => burnRate * errorBudgetOf(slo) * longSeconds),
  );
  return {
    seesAfterSeconds: soonest + silentSeconds,
    seesForSeconds: Math.max(...windows.map(({ shortSeconds }) => shortSeconds)) + silentSeconds,
  };
}
