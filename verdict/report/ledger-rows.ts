import type { LedgerCounts } from '../ledger/index.ts';
import { formatCount } from './table.ts';

/** A line of the ledger in a report. */
export type LedgerRow = { readonly name: string; readonly count: number; readonly remark: string };

/** What became of the orders, in the order in which it happens to one. */
export function ledgerRows(n: LedgerCounts): readonly LedgerRow[] {
  const row = (name: string, count: number, remark = ''): LedgerRow => ({ name, count, remark });
  const client = [
    row('attempted', n.attempted, 'orders that the client sent'),
    row('accepted', n.accepted, 'got a 201'),
    row('refused', n.refused, 'got only definite refusals'),
    row('unknown', n.unknown, `of these ${n.unknownStored} turned out stored, ${n.unknownNotStored} not`),
  ];
  return [
    // Without a client history these would be zeros that mean nothing.
    ...(n.attempted === 0 ? [] : client),
    row('stored', n.stored, `in ${formatCount(n.copies)} copies`),
    row('charged', n.charged, `the provider has ${formatCount(n.charges)} charges`),
    row('declined', n.declined),
    row('conflict', n.conflict),
    row('dead-lettered', n.deadLettered),
    row('unsettled', n.unsettled, 'stored without an outcome'),
    ...Object.entries(n.projected).map(([replica, count]) => row(replica, count, 'orders in its projection')),
  ];
}
