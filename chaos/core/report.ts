import type { Target } from '../../targets/target.ts';
import {
  type HistorySource,
  type LatencyReport,
  type LatencyWindow,
  type LedgerResult,
  measureLatency,
  type ReportCost,
  type ReportFault,
  type ReportPhase,
  type RunReport,
  sliceUsOf,
} from '../../verdict/index.ts';
import type { SentLoad } from './load.ts';
import type { FaultRecord } from './nemesis.ts';
import type { UsageMeter } from './usage.ts';

export function toReportFault(record: FaultRecord): ReportFault {
  return {
    name: record.fault,
    target: record.subject,
    injectedAtMs: record.injectedAtMs,
    healedAtMs: record.healedAtMs,
    isProven: record.proof?.acted === true,
    proof: record.proof?.measurement ?? 'it was not proven',
    measurements: {},
  };
}

export async function toReportLoad(
  sent: SentLoad | undefined,
  phases: readonly ReportPhase[],
): Promise<RunReport['load']> {
  if (sent === undefined) return undefined;
  const { overall, history } = sent;
  const latency = await latencyOf(history, phases);
  return { manifest: history.manifest, latency: overall === undefined ? latency : { ...latency, overall } };
}

/** Percentiles over all and, where faults were injected, by the phase in which an order should have been sent. */
async function latencyOf(history: HistorySource, phases: readonly ReportPhase[]): Promise<LatencyReport> {
  const { startedAtMs, finished } = history.manifest;
  const sending = phases.filter(
    (phase) => phase.endedAtMs > startedAtMs && phase.startedAtMs < (finished?.endedAtMs ?? Infinity),
  );
  const windows = sending.map(
    (phase): LatencyWindow => ({
      name: phase.name,
      fromUs: (phase.startedAtMs - startedAtMs) * 1_000,
      toUs: (phase.endedAtMs - startedAtMs) * 1_000,
    }),
  );
  const sliceUs = sliceUsOf(history.manifest.durationSeconds);
  const measured = await measureLatency(history.batches(), windows.length > 1 ? windows : [], sliceUs);
  // A generator that died does not say when; the phases after it then have no orders.
  return { ...measured, windows: measured.windows.filter(({ orders }) => orders > 0) };
}

/** Figures that come late are left out where that is more than a quarter of the load: they would say anything. */
export function costsOf(
  usage: UsageMeter,
  history: HistorySource | undefined,
  ledger: LedgerResult | undefined,
): readonly ReportCost[] {
  const orders = ledger?.counts.accepted ?? 0;
  if (orders === 0 || history === undefined) return [];
  const { finished, durationSeconds } = history.manifest;
  const generator = finished?.cpuUs;
  const used = usage.lagMs() * 4 > durationSeconds * 1_000 ? [] : [...usage.usedUs()];
  return [
    ...used.map(([process, us]) => ({ process, cpuUsPerOrder: us / orders })),
    ...(generator === undefined
      ? []
      : [{ process: history.manifest.client, cpuUsPerOrder: generator / orders }]),
  ];
}

/** One line of what runs, for reports. */
export function describeTopology({ name, topology }: Target): string {
  const services = topology.services.map((service) => `${service.replicas[name]} ${service.name}`);
  return [`${topology.brokers.replicas} brokers (fsync ${topology.brokers.syncInterval})`, ...services].join(
    ', ',
  );
}
