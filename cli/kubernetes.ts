import type { KubernetesTarget } from '../targets/kubernetes/index.ts';
import type { TargetOptions } from './command.ts';

/**
 * The platform that `--target kubernetes` and what belongs to it mean.
 *
 * @param signal ends the attaching
 * @throws TargetError with what was expected where
 */
export async function attachKubernetes(
  { kubeconfig, context, namespace, orderUrl, generators }: TargetOptions & { readonly generators?: number },
  signal?: AbortSignal,
): Promise<KubernetesTarget> {
  // The client of Kubernetes takes half a second to load, which other commands need not wait for.
  const { attachKubernetesTarget } = await import('../targets/kubernetes/index.ts');
  return attachKubernetesTarget({
    kubeconfig: kubeconfig === undefined ? undefined : [kubeconfig],
    ...{ context, namespace, orderUrl, loadPods: generators, signal },
    environment: process.env,
  });
}
