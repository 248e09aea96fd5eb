import type { ExperimentPlan } from '../core/experiment.ts';
import { alertExperiments } from './alerts.ts';
import { experimentNamed, experiments } from './index.ts';
import { storm } from './storm.ts';

/** One failure of each part, in three minutes. */
const quick = [
  { ...storm, load: { ...storm.load, durationSeconds: 24 } },
  ...['payment-killed', 'provider-mute', 'provider-lies', 'telemetry-down'].map(experimentNamed),
];

/** Experiments that are run one after the other, by name. */
export const suites: Readonly<Record<string, readonly ExperimentPlan[]>> = {
  quick,
  /** Of the alerts, which need a platform of their own. */
  full: experiments.filter((plan) => plan.alerts === undefined),
  alerts: alertExperiments,
};
