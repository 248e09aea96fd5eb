import { type LedgerResult, whole } from '../../verdict/index.ts';
import { formatCount } from '../../verdict/report/table.ts';
import { type Audited, auditTarget } from '../core/audit.ts';
import { awaitDrain } from '../core/drain.ts';

/** How long a round waits for the platform to be at rest: some invariants can be checked only then. */
const restMs = 2_000;

/**
 * One round of the continuous audit: everything that streams, provider and projections hold, without client history. What
 * can be judged at rest only is left unchecked where the platform does not come to rest within 2 s.
 *
 * @param signal ends the waiting early
 * @throws when the brokers do not answer
 */
export async function auditOnce(target: Audited, signal: AbortSignal): Promise<LedgerResult> {
  const rest = await awaitDrain({ target, timeoutMs: restMs, signal, onProgress: () => {} });
  return auditTarget({
    target,
    runId: undefined,
    history: undefined,
    starts: {},
    drain: rest.isDrained ? whole : { kind: 'part', why: rest.left },
    onProgress: () => {},
  });
}

/** What a round found, in a line. */
export function describeAudit({ counts, checked, findings }: LedgerResult): string {
  const found = findings.map(({ invariant, count }) => `${invariant} ${formatCount(count)}`).join(', ');
  return `${formatCount(counts.stored)} orders, ${checked.length} invariants checked: ${found === '' ? 'all hold' : found}`;
}
