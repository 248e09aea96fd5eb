import { orderStates } from '../facts.ts';
import type { OrderTable } from '../order-table.ts';
import type { SourceState } from '../sources.ts';
import { numberOf, oneOf, readListing, textOf } from './ndjson.ts';

/**
 * Reads the provider's ledger (`GET /admin/charges`) into the table.
 *
 * @param adminUrl base URL of the provider's admin listener
 */
export function readCharges(
  table: OrderTable,
  adminUrl: string,
  runId: string | undefined,
  signal?: AbortSignal,
): Promise<SourceState> {
  return readListing(
    `${adminUrl}/admin/charges${ofRun(runId)}`,
    (row) => {
      table.addCharge({
        orderId: textOf(row, 'order_id'),
        chargeKey: textOf(row, 'charge_key'),
        amountMinor: numberOf(row, 'amount_minor'),
        currency: textOf(row, 'currency'),
        state: oneOf(row, 'state', ['charged', 'declined']),
      });
    },
    signal,
  );
}

/**
 * Reads one replica's projection (`GET /admin/projection`) into the table.
 *
 * @param replica the name under which findings show it: `order-0`
 * @param adminUrl base URL of the replica's admin listener
 */
export function readProjection(
  table: OrderTable,
  replica: string,
  adminUrl: string,
  runId: string | undefined,
  signal?: AbortSignal,
): Promise<SourceState> {
  table.addReplica(replica);
  return readListing(
    `${adminUrl}/admin/projection${ofRun(runId)}`,
    (row) => {
      table.addProjected(replica, {
        orderId: textOf(row, 'order_id'),
        amountMinor: numberOf(row, 'amount_minor'),
        currency: textOf(row, 'currency'),
        state: oneOf(row, 'state', orderStates),
      });
    },
    signal,
  );
}

/** Without a run id both listings give everything. */
function ofRun(runId: string | undefined): string {
  return runId === undefined ? '' : `?run_id=${encodeURIComponent(runId)}`;
}
