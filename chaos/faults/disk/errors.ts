import type { FaultRequests } from '../../core/fault.ts';
import type { DiskOperation } from './disk.ts';
import { createDiskKind } from './disk-kind.ts';

/** Reads, writes or fsyncs of a broker's disk fail with EIO: of all its files, or of those whose path has a part. */
export const diskErrors = createDiskKind<FaultRequests['disk-errors'], 'errors'>({
  name: 'disk-errors',
  parameters: {},
  fault: 'errors',
  isFatal: true,
  details: ({ operation, pathContains = '' }) => ({ operation, pathContains }),
  describe: ({ operation, pathContains }) =>
    `EIO at each ${operation}${pathContains === '' ? '' : ` of files in ${pathContains}`}`,
  how: (victim) => ({
    operation: victim.operation as DiskOperation,
    pathContains: String(victim.pathContains),
  }),
  pathContains: (victim) => String(victim.pathContains),
  hasActed: (before, during, { operation }) =>
    before.done && !during.done && during.code === 'EIO' && during.failed === operation,
});
