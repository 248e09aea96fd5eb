import { alertLabels, type Cause, type Severity } from '../labels.ts';
import { duration } from '../promql.ts';
import type { Timing } from './timing.ts';

/** A group of a Prometheus rule file. Its rules are evaluated in order, each sees what those before it recorded. */
export type RuleGroup = {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
};

export type Rule = RecordingRule | AlertingRule;

type RecordingRule = {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
};

type AlertingRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** An alert as it is thought of. */
export type Alert = {
  /** PascalCase; the runbook is `docs/runbooks/<the same in kebab-case>.md`. */
  readonly name: string;
  readonly severity: Severity;
  readonly owner: string;
  readonly expr: string;
  /** How long the expression must hold; default not at all. */
  readonly forSeconds?: number;
  /** How long it takes at most until the expression holds, from when everything of its kind goes wrong. */
  readonly seesAfterSeconds: number;
  /** How long it may still hold when all is well again. */
  readonly seesForSeconds: number;
  readonly slo?: string;
  /** What is certainly broken while this fires. */
  readonly cause?: Cause;
  /** What explains this alert away. */
  readonly consequenceOf?: readonly Cause[];
  /** One line for a notification. */
  readonly summary: string;
  /** What it means, with the figure. */
  readonly description: string;
};

/** The annotations that say how soon an alert promises to be told of, and how soon its end: whole seconds. */
export const promiseAnnotations = {
  firesWithin: 'fires_within_seconds',
  resolvesWithin: 'resolves_within_seconds',
} as const;

/**
 * What passes at most until whoever records alerts has heard, besides what an alert looks back on and waits for: an export,
 * a scrape, a step that records and one that decides, and Alertmanager's way of telling. Seconds, of a machine that is busy.
 */
function deliverySeconds({ stepSeconds }: Timing): number {
  return 20 + 2 * stepSeconds;
}

export function toRule(alert: Alert, timing: Timing): AlertingRule {
  const { name, severity, owner, slo, cause, consequenceOf = [], forSeconds = 0 } = alert;
  return {
    alert: name,
    expr: alert.expr,
    ...(forSeconds === 0 ? {} : { for: duration(forSeconds) }),
    labels: {
      [alertLabels.severity]: severity,
      [alertLabels.owner]: owner,
      ...(slo === undefined ? {} : { [alertLabels.slo]: slo }),
      ...(cause === undefined ? {} : { [alertLabels.cause]: cause }),
      ...(consequenceOf.length === 0 ? {} : { [alertLabels.consequenceOf]: consequenceOf.join(',') }),
    },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook: runbookOf(name),
      [promiseAnnotations.firesWithin]: seconds(
        alert.seesAfterSeconds + forSeconds + deliverySeconds(timing),
      ),
      [promiseAnnotations.resolvesWithin]: seconds(alert.seesForSeconds + deliverySeconds(timing)),
    },
  };
}

function seconds(value: number): string {
  return String(Math.ceil(value));
}

/** Where the runbook of an alert is, from the root of the repository. */
export function runbookOf(alertName: string): string {
  const kebab = alertName.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
  return `docs/runbooks/${kebab}.md`;
}
