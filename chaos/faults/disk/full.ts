import type { FaultRequests } from '../../core/fault.ts';
import { createDiskKind } from './disk-kind.ts';

/** The disk of a broker has no space left, at once or after some more bytes. */
export const diskFull = createDiskKind<FaultRequests['disk-full'], 'full'>({
  name: 'disk-full',
  parameters: {
    leftKib: { unit: 'KiB', min: 0, max: 2 ** 30, default: 0, meaning: 'space that is left until then' },
  },
  fault: 'full',
  isFatal: true,
  details: ({ leftKib }) => ({ leftKib }),
  describe: ({ leftKib }) => (leftKib === 0 ? 'no space left' : `no space left after ${leftKib} KiB`),
  how: ({ leftKib }) => ({ bytesLeft: Number(leftKib) * 1_024 }),
  hasActed: (before, during) => before.done && !during.done && during.code === 'ENOSPC',
});
