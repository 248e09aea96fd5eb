import { delay, startTelemetry } from '../../services/runtime/index.ts';
import type { Target } from '../../targets/target.ts';
import { type NewestAudit, observeAudits } from '../audit/metrics.ts';
import { auditOnce } from '../audit/round.ts';

const restMs = 3_000;

/**
 * Audits a platform round after round beside a run, and tells its Collector what was found, as `stormproof watch` does. The
 * caller stops it. A round that fails is told to nobody.
 */
export async function startContinuousAudit(target: Target): Promise<{ stop(): Promise<void> }> {
  const { collectorOtlpHttp } = await target.addresses();
  const endpoint = collectorOtlpHttp === '' ? undefined : collectorOtlpHttp;
  const telemetry = startTelemetry({ service: 'audit', instance: 'audit-0', endpoint });
  let newest: NewestAudit = { ledger: undefined, finishedAtMs: undefined };
  observeAudits(telemetry, () => newest);
  const stopping = new AbortController();
  const { signal } = stopping;
  const auditing = (async () => {
    while (!signal.aborted) {
      try {
        newest = { ledger: await auditOnce(target, signal), finishedAtMs: Date.now() };
      } catch {
        // The newest result gets old, which is an alert of its own.
      }
      await delay(restMs, signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await auditing;
      await telemetry.shutdown();
    },
  };
}
