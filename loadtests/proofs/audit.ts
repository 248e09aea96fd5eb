import type { LedgerResult } from '../../verdict/index.ts';
import { below, figure, type ProofCheck } from './checks.ts';
import { auditLimits } from './lines.ts';
import { judgeLedger } from './run.ts';

/** An audit that was run as a process of its own. */
export type AuditFacts = {
  /** Undefined when it printed no report. */
  readonly ledger: LedgerResult | undefined;
  /** From its start to its end. */
  readonly seconds: number;
  /** The most memory that it ever had, bytes; undefined where the system does not tell. */
  readonly peakBytes: number | undefined;
};

/**
 * Judges an audit, if it had as many orders to audit as the bounds are for. Pure.
 *
 * @param ordersMin attempted orders
 */
export function judgeAudit(
  { ledger, seconds, peakBytes }: AuditFacts,
  ordersMin: number,
): readonly ProofCheck[] {
  const orders = ledger?.counts.attempted ?? 0;
  const found = figure(orders, 'orders');
  const enough: ProofCheck = {
    name: `the audit is of ≥ ${figure(ordersMin, 'orders')}`,
    found,
    check: orders >= ordersMin ? { status: 'met' } : { status: 'unknown', detail: `it was of ${found}` },
    restsOnSpeed: false,
  };
  return [
    judgeLedger(ledger),
    enough,
    below({ name: 'the audit takes', value: seconds, unit: 's', max: auditLimits.secondsMax }),
    below({
      name: 'peak memory of the audit',
      value: peakBytes === undefined ? undefined : peakBytes / 1e6,
      unit: 'MB',
      max: auditLimits.peakBytesMax / 1e6,
      restsOnSpeed: false,
    }),
  ];
}
