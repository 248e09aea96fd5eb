import type { Parameter } from '../../core/parameters.ts';

/** Of the charges, how many are hit; none would be no fault. */
export const shareOfCharges: Parameter = {
  unit: 'share',
  min: 0.001,
  max: 1,
  meaning: 'share of the charges that are hit',
};
