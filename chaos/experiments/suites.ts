import type { ExperimentPlan } from '../core/experiment.ts';
import { alertExperiments } from './alerts.ts';
import { experimentNamed, experiments } from './index.ts';

/** One failure of each part, in under five minutes. */
const quick = ['storm', 'payment-killed', 'provider-mute', 'provider-lies', 'telemetry-down'];

/** Experiments that are run one after the other, by name. */
export const suites: Readonly<Record<string, readonly ExperimentPlan[]>> = {
  quick: quick.map(experimentNamed),
  /** Of the alerts, which need a platform of their own. */
  full: experiments.filter((plan) => plan.alerts === undefined),
  alerts: alertExperiments,
};
