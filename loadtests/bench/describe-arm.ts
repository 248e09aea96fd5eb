import type { Arm } from './arms.ts';
import type { ArmDescription } from './results.ts';

/** What results say of an arm. Pure. */
export function describeArm({ name, title, kind, lacks, adds, mustLoseIn }: Arm): ArmDescription {
  return {
    ...{ name, title, kind },
    ...(lacks === undefined ? {} : { lacks }),
    ...(adds === undefined ? {} : { adds }),
    ...(mustLoseIn === undefined ? {} : { mustLoseIn }),
  };
}
