import { attachLocalTarget } from './local/index.ts';
import { type Target, TargetError, type TargetRef } from './target.ts';

/**
 * The target that a reference names, as it is now: another process may have made the reference.
 *
 * @throws TargetError when there is no platform any more
 */
export async function attachTarget(ref: TargetRef): Promise<Target> {
  if (ref.kind === 'local') return attachLocalTarget(ref);
  // Half a second and 100 MB that only those pay who need it.
  const { attachKubernetesTarget } = await import('./kubernetes/index.ts');
  const target = await attachKubernetesTarget({ ...ref, environment: {} });
  if (target.ref.kind === 'kubernetes' && target.ref.deployment === ref.deployment) return target;
  await target.close();
  throw new TargetError(
    'not-running',
    `the platform in the namespace ${ref.namespace} is another one by now`,
  );
}
