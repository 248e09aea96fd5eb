import { defineExperiment } from '../core/experiment.ts';
import { endsWhenHalfFail, forExperiments, holdMs, oneStep } from './step.ts';

/** What may happen to those who only watch. */
export const telemetryExperiments = [
  defineExperiment({
    name: 'telemetry-down',
    hypothesis: 'orders do not notice that Collector, Jaeger and Prometheus are gone',
    parameters: { holdMs: holdMs(10_000) },
    load: forExperiments,
    steps: oneStep(() =>
      ['collector-0', 'jaeger-0', 'prometheus-0'].map(
        (instance) => ({ fault: 'kill', request: { instance } }) as const,
      ),
    ),
    aborts: endsWhenHalfFail,
  }),
  defineExperiment({
    name: 'telemetry-stuck',
    hypothesis: 'orders do not notice a Collector that takes connections and never answers',
    parameters: { holdMs: holdMs(10_000) },
    load: forExperiments,
    steps: oneStep(() => [{ fault: 'pause', request: { instance: 'collector-0' } }]),
    aborts: endsWhenHalfFail,
  }),
];
