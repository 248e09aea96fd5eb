import type { ExperimentPlan } from '../core/experiment.ts';
import { FaultError } from '../core/fault.ts';
import { alertExperiments } from './alerts.ts';
import { brokerExperiments } from './brokers.ts';
import { diskExperiments } from './disks.ts';
import { edgeExperiments } from './edges.ts';
import { messageExperiments } from './messages.ts';
import { providerExperiments } from './provider.ts';
import { random } from './random.ts';
import { resourceExperiments } from './resources.ts';
import { serviceExperiments } from './services.ts';
import { storm } from './storm.ts';
import { telemetryExperiments } from './telemetry.ts';

/** Every experiment, the flagship first: one or more for each failure an operator fears. */
export const experiments: readonly ExperimentPlan[] = [
  storm,
  ...brokerExperiments,
  ...edgeExperiments,
  ...messageExperiments,
  ...diskExperiments,
  ...serviceExperiments,
  ...resourceExperiments,
  ...providerExperiments,
  ...telemetryExperiments,
  random,
  ...alertExperiments,
];

/** @throws FaultError when there is none of that name */
export function experimentNamed(name: string): ExperimentPlan {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found === undefined) {
    throw new FaultError(
      `there is no experiment ${JSON.stringify(name)}; known: ${experiments.map((one) => one.name).join(', ')}`,
    );
  }
  return found;
}
