import type { FaultRecord } from '../chaos/index.ts';
import { operationMetrics } from '../observability/names/operations.ts';
import { startTelemetry, type Telemetry } from '../services/runtime/index.ts';
import type { Target } from '../targets/target.ts';

/**
 * Tells the platform's Collector, with every export, which faults of a run hold and that its chaos window is announced or
 * open, so that dashboards show it and budgets can leave it out. The caller shuts it down when the run has ended.
 *
 * @param faults those that were injected so far
 * @param isAnnounced whether budgets are to leave the window out
 */
export async function tellFaults(
  target: Target,
  runId: string,
  faults: () => readonly FaultRecord[],
  isAnnounced: boolean,
): Promise<Pick<Telemetry, 'shutdown'>> {
  const { collectorOtlpHttp } = await target.addresses();
  const endpoint = collectorOtlpHttp === '' ? undefined : collectorOtlpHttp;
  const telemetry = startTelemetry({ service: 'chaos', instance: runId, endpoint });
  const { chaosFaultActive, chaosWindow } = operationMetrics;
  const gauge = ({ name, unit, description }: typeof chaosFaultActive | typeof chaosWindow) =>
    telemetry.meter.createObservableGauge(name, { unit, description });

  gauge(chaosFaultActive).addCallback((result) => {
    for (const fault of faults()) {
      result.observe(isActive(fault) ? 1 : 0, { fault: fault.fault, subject: fault.subject });
    }
  });
  if (!isAnnounced) return telemetry;
  gauge(chaosWindow).addCallback((result) => {
    result.observe(faults().some(isActive) ? 1 : 0, { window: runId });
  });
  return telemetry;
}

function isActive({ healedAtMs }: FaultRecord): boolean {
  return healedAtMs === undefined;
}
