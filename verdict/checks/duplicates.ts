import type { LedgerCounts } from '../ledger/index.ts';
import type { ReportDuplicates, ReportSeries } from '../report/model.ts';
import { increaseOfAll } from './series.ts';

/**
 * Counts what came more than once: by the streams, and by what services and brokers counted while they were looked at. The
 * charges that proofs repeat (chaos/faults/provider) are among those.
 *
 * @param counts undefined when there was no audit
 */
export function countDuplicates(
  series: readonly ReportSeries[],
  counts: Pick<LedgerCounts, 'copies' | 'stored'> | undefined,
): ReportDuplicates {
  const found = {
    answers: increaseOfAll(series, 'repeated answers'),
    copies: counts && counts.copies - counts.stored,
    redeliveries: increaseOfAll(series, 'redeliveries'),
    charges: increaseOfAll(series, 'repeated charges'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, count]) => count !== undefined));
}
