import { stringify } from 'yaml';
import type { Topology } from '../../../topology/model.ts';
import { platform } from '../../../topology/platform.ts';
import { brokerAlerts } from '../alerts/brokers.ts';
import { correctnessAlerts } from '../alerts/correctness.ts';
import { databaseAlerts } from '../alerts/databases.ts';
import { paymentAlerts } from '../alerts/payment.ts';
import { telemetryAlerts } from '../alerts/telemetry.ts';
import type { Slo } from '../model.ts';
import { duration } from '../promql.ts';
import { slos } from '../slos.ts';
import { burnAlerts, dataMissingAlert } from './burn-alerts.ts';
import { chaosExclusion, chaosTotal } from './chaos.ts';
import { budgetRules, stepRules, stepsWithoutChaos, windowRules } from './recording.ts';
import { type Alert, type RuleGroup, toRule } from './rule.ts';
import { type Timing, timingOf } from './timing.ts';

export type RuleOptions = {
  /** Default: what the platform promises. */
  readonly slos?: readonly Slo[];
  /** Whose brokers, streams and services are watched; default: the platform as it is delivered. */
  readonly topology?: Topology;
  /**
   * How many times shorter windows and waits are than in operation; default 1. With 60 a page of the fast burn, an hour
   * in operation, shows within a load run of some minutes.
   */
  readonly scale?: number;
};

/**
 * The rule file of Prometheus: what it records about each SLO, and every alert. Pure: equal options give equal bytes.
 *
 * @throws RangeError when the scale is below 1
 */
export function renderRules(options: RuleOptions = {}): string {
  return stringify(
    { groups: ruleGroups(options) },
    { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: 'literal' },
  );
}

/** Every alert of a rule file. */
export function alertsOf(options: RuleOptions, timing: Timing): readonly Alert[] {
  const { topology = platform } = options;
  return [
    ...sloAlerts(options, timing),
    ...correctnessAlerts(timing),
    ...brokerAlerts(topology, timing),
    ...paymentAlerts(timing),
    ...databaseAlerts(timing),
    ...telemetryAlerts(topology, timing),
  ];
}

function sloAlerts(options: RuleOptions, timing: Timing): readonly Alert[] {
  return (options.slos ?? slos).flatMap((slo) => [...burnAlerts(slo, timing), dataMissingAlert(slo, timing)]);
}

function ruleGroups(options: RuleOptions): readonly RuleGroup[] {
  const { scale = 1 } = options;
  if (!(scale >= 1)) throw new RangeError(`scale is ${scale}; expected 1 or more`);
  const specs = options.slos ?? slos;
  const timing = timingOf(scale);
  const windows = windowsOf(timing);
  const hour = timing.scaled(3_600);
  const sums = (isWanted: (seconds: number) => boolean) => windows.filter(isWanted).flatMap(windowRules);
  return [
    {
      name: 'slo',
      interval: duration(timing.stepSeconds),
      rules: [
        chaosExclusion(timing),
        ...specs.flatMap((slo) => stepRules(slo, timing)),
        ...stepsWithoutChaos(),
        ...sums((seconds) => seconds <= hour),
      ],
    },
    {
      name: 'slo-long-windows',
      interval: duration(timing.slowStepSeconds),
      rules: sums((seconds) => seconds > hour),
    },
    {
      name: 'slo-budgets',
      interval: duration(timing.slowStepSeconds),
      rules: [chaosTotal(timing), ...budgetRules(specs, timing)],
    },
    {
      name: 'alerts',
      interval: duration(timing.stepSeconds),
      rules: alertsOf(options, timing).map((alert) => toRule(alert, timing)),
    },
  ];
}

/** The windows of all burn alerts, each once, the shortest first. */
function windowsOf({ burnWindows }: Timing): readonly number[] {
  const all = burnWindows.flatMap(({ longSeconds, shortSeconds }) => [longSeconds, shortSeconds]);
  return [...new Set(all)].sort((a, b) => a - b);
}
