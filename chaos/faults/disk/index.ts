import { bitFlip } from './bit-flip.ts';
import { diskErrors } from './errors.ts';
import { diskFull } from './full.ts';
import { powerLoss } from './power-loss.ts';
import { slowFsync } from './slow-fsync.ts';

/** The kinds of faults that need disks that can fail, by the word that experiments and journals use. */
export const diskFaults = {
  'power-loss': powerLoss,
  'disk-full': diskFull,
  'disk-errors': diskErrors,
  'slow-fsync': slowFsync,
  'bit-flip': bitFlip,
};
