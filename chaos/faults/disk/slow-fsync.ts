import type { FaultRequests } from '../../core/fault.ts';
import { createDiskKind } from './disk-kind.ts';

/** Each fsync of a broker's disk takes longer. Proven when one comes later than before by 80 % of the delay. */
export const slowFsync = createDiskKind<FaultRequests['slow-fsync'], 'slow-fsync'>({
  name: 'slow-fsync',
  parameters: { delayMs: { unit: 'ms', min: 1, max: 60_000, meaning: 'what each fsync takes longer' } },
  fault: 'slow-fsync',
  isFatal: false,
  details: ({ delayMs }) => ({ delayMs }),
  describe: ({ delayMs }) => `fsyncs ${delayMs} ms slower`,
  how: ({ delayMs }) => ({ delayMs: Number(delayMs) }),
  hasActed: (before, during, { delayMs }) =>
    before.done && during.done && during.fsyncMs - before.fsyncMs >= 0.8 * Number(delayMs),
});
