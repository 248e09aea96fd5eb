import type { Env } from '../../tools/index.ts';
import { instancesOfService } from '../../topology/derive/index.ts';
import { prepareCertificates } from '../rotate-certificates.ts';
import { type Rotated, type RotationOptions, rotateKeys } from '../rotate-keys.ts';
import { TargetError } from '../target.ts';
import { clusterCertificates, clusterKeys } from './broker-secrets.ts';
import type { Cluster } from './cluster.ts';
import { withLease } from './lease.ts';
import type { FoundPlatform } from './platform.ts';
import type { Reach } from './reach.ts';

/** A kubelet that nobody hurries brings what a Secret holds within a minute and a half. */
const patienceMs = 240_000;
const pollMs = 1_000;

/** How often kubelets are hurried. */
const hurryMs = 5_000;
const annotation = 'stormproof.dev/secrets-wanted';

/** Runs beside each broker, where a stack names an image for it, and has it read its files again (infra/manifests). */
const reloader = 'broker-reload';

/**
 * As {@link rotateKeys}, for the platform of a namespace: with its certificates, and the authority that signs them, where its
 * brokers speak TLS. What Secrets hold is another thing afterwards than what the state of the stack does, until
 * `pulumi refresh`.
 *
 * @throws TargetError `unsupported` where brokers read nothing without a restart; `busy` while somebody else rotates; as
 *   rotateKeys does
 */
export async function rotateClusterKeys(
  parts: { readonly cluster: Cluster; readonly platform: FoundPlatform; readonly reach: Reach },
  options: Pick<RotationOptions, 'onStep'> & { readonly holder: string },
  env: Env,
): Promise<Rotated> {
  const { cluster, platform, reach } = parts;
  const { topology } = platform;
  await requireReloaders(cluster, platform);
  const { holder, ...rest } = options;
  return withLease(cluster, { lease: 'stormproof-keys', holder, nowMs: Date.now }, async () => {
    const brokers = instancesOfService(topology, 'nats', 'kubernetes').map(async ({ name, ordinal }) => ({
      name,
      url: `nats://${await reach.instance('nats', ordinal, 'client')}`,
      monitor: `http://${await reach.instance('nats', ordinal, 'monitor')}`,
    }));
    return rotateKeys(clusterKeys(cluster, topology), {
      ...rest,
      brokers: await Promise.all(brokers),
      certificates:
        platform.tls === true
          ? await prepareCertificates(clusterCertificates(cluster, topology), env)
          : undefined,
      patienceMs,
      pollMs,
      hurry: createHurry(cluster, platform),
    });
  });
}

const podsOf = ({ stack }: FoundPlatform, more = '') =>
  `app.kubernetes.io/part-of=stormproof,app.kubernetes.io/instance=${stack}${more}`;

async function requireReloaders(cluster: Cluster, platform: FoundPlatform): Promise<void> {
  const brokers = await cluster.pods(podsOf(platform, ',app.kubernetes.io/name=nats'));
  const without = brokers.filter(({ spec }) =>
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].every(({ name }) => name !== reloader),
  );
  if (brokers.length > 0 && without.length === 0) return;
  const names = without.map(({ metadata }) => metadata?.name).join(', ');
  throw new TargetError(
    'unsupported',
    `${names || 'no broker'} would not read other keys without a restart; ` +
      'name an image that has them read these (stormproof:images.reloader), and run `pulumi up`',
  );
}

/**
 * A kubelet looks after a pod at once when an annotation of it changes, and brings what its Secrets hold
 * (https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically).
 * Where this user may not annotate pods, it comes in its own time.
 */
function createHurry(cluster: Cluster, platform: FoundPlatform): () => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - lastMs < hurryMs) return;
    lastMs = performance.now();
    try {
      const pods = await cluster.pods(podsOf(platform));
      const value = { [annotation]: new Date().toISOString() };
      await Promise.all(pods.map(({ metadata }) => cluster.annotatePod(metadata?.name ?? '', value)));
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
    }
  };
}
