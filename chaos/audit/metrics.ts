import { operationMetrics } from '../../observability/names/operations.ts';
import type { Telemetry } from '../../services/runtime/index.ts';
import type { LedgerResult } from '../../verdict/index.ts';

/** The newest audit; undefined parts are told to nobody. */
export type NewestAudit = {
  readonly ledger: LedgerResult | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly finishedAtMs: number | undefined;
};

/**
 * Reports, with every export, what the newest audit could check and when it was finished, and nothing of what it could not
 * check. One that hangs sends what the one before it found, which gets old.
 */
export function observeAudits({ meter }: Telemetry, newest: () => NewestAudit): void {
  const { auditViolations, auditTime } = operationMetrics;
  meter
    .createObservableGauge(auditViolations.name, {
      unit: auditViolations.unit,
      description: auditViolations.description,
    })
    .addCallback((result) => {
      const { ledger } = newest();
      for (const invariant of ledger?.checked ?? []) {
        const finding = ledger?.findings.find((one) => one.invariant === invariant);
        result.observe(finding?.count ?? 0, { invariant });
      }
    });
  meter
    .createObservableGauge(auditTime.name, { unit: auditTime.unit, description: auditTime.description })
    .addCallback((result) => {
      const { finishedAtMs } = newest();
      if (finishedAtMs !== undefined) result.observe(finishedAtMs / 1_000);
    });
}
