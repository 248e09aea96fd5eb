import { attachLocalTarget } from './local/index.ts';
import type { Target, TargetRef } from './target.ts';

/**
 * The target that a reference names, as it is now: another process may have made the reference.
 *
 * @throws TargetError when there is no platform any more
 */
export async function attachTarget(ref: TargetRef): Promise<Target> {
  return attachLocalTarget(ref);
}
