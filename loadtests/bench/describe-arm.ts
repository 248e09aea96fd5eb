import type { Arm } from './arms.ts';
import type { ArmDescription } from './results.ts';

/** What results say of an arm. Pure. */
export function describeArm({ name, title, kind, lacks, mustLoseIn }: Arm): ArmDescription {
  return {
    ...{ name, title, kind },
    ...(lacks === undefined ? {} : { lacks }),
    ...(mustLoseIn === undefined ? {} : { mustLoseIn }),
  };
}
