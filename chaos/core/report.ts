import type { Target } from '../../targets/target.ts';
import {
  type HistorySource,
  type LatencyReport,
  type LatencyWindow,
  type LedgerResult,
  measureLatency,
  phaseWindows,
  type ReportCost,
  type ReportFault,
  type ReportPhase,
  type RunReport,
  sliceUsOf,
} from '../../verdict/index.ts';
import type { Judged } from './judge.ts';
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
  judged: Judged['load'],
): Promise<RunReport['load']> {
  if (sent === undefined) return undefined;
  const { history } = sent;
  return { manifest: history.manifest, latency: await latencyOf(history, phases), ...judged };
}

/**
 * Percentiles over all and, where the load has phases or faults were injected, by the phase in which an order should have been
 * sent.
 */
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
  const { durationSeconds, shape } = history.manifest;
  const measured = await measureLatency(
    history.batches(),
    [...(shape === undefined ? [] : phaseWindows(shape)), ...(windows.length > 1 ? windows : [])],
    sliceUsOf(durationSeconds),
  );
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
