import { attachLocalTarget } from './local/index.ts';
import { type Target, TargetError, type TargetRef } from './target.ts';

/**
 * The target that a reference names, as it is now: another process may have made the reference.
 *
 * @throws TargetError when there is no platform any more
 */
export async function attachTarget(ref: TargetRef): Promise<Target> {
  if (ref.kind === 'local') return attachLocalTarget(ref);
  throw new TargetError('unsupported', 'attaching to a cluster by reference comes with targets/kubernetes');
}
