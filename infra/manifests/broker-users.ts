import type { Volume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { brokerKeysFile, brokerLoginVariables, brokerUsersOf } from '../../topology/derive/index.ts';
import { brokerKeysOf } from '../../topology/kubernetes/index.ts';
import type { Stack } from '../stack.ts';
import { certificateFiles, certificateSources } from './broker-certificates.ts';
import { stackLabels } from './labels.ts';
import type { ManifestOfKind } from './manifest.ts';
import type { MountedVolume } from './pod.ts';

const loginDir = '/etc/stormproof/broker';
const volumeName = 'broker-login';

/**
 * A Secret for each user of the brokers, without its content: that is made when the Secret is (components/broker-users.ts)
 * and is in no manifest. Its labels never change, so that nothing but a change of keys ever writes to it.
 */
export function brokerUserManifests(stack: Stack): readonly ManifestOfKind['Secret'][] {
  return brokerUsersOf(stack.topology).map(({ name }) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: brokerKeysOf(name).secret,
      namespace: stack.config.namespace,
      labels: { ...stackLabels(stack), 'app.kubernetes.io/component': 'broker' },
    },
    type: 'Opaque',
  }));
}

/** The public keys of all users, as sources of a projected volume: files that the brokers' configuration includes. */
export function publicKeySources(stack: Stack) {
  return brokerUsersOf(stack.topology).map(({ name }) => ({
    secret: {
      name: brokerKeysOf(name).secret,
      items: [{ key: brokerKeysOf(name).publicKeys, path: brokerKeysFile(name) }],
    },
  }));
}

/** What a container needs to be let in by the brokers. */
export function brokerLoginOf(
  stack: Stack,
  user: string,
): MountedVolume & { readonly env: { name: string; value: string }[] } {
  const mount: VolumeMount = { name: volumeName, mountPath: loginDir, readOnly: true };
  const variables = brokerLoginVariables(user, brokerKeyFile(user), brokerTlsOf(stack, user));
  return {
    volume: loginVolume(stack, user),
    mount,
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
  };
}

/** A certificate lies beside the key, so that both change at once. */
function loginVolume(stack: Stack, user: string): Volume {
  const { secret, seed } = brokerKeysOf(user);
  const items = [{ key: seed, path: seed }];
  const certificate = certificateSources(stack, user);
  if (certificate.length === 0) {
    return { name: volumeName, secret: { secretName: secret, items, defaultMode: 0o440 } };
  }
  const sources = [{ secret: { name: secret, items } }, ...certificate];
  return { name: volumeName, projected: { defaultMode: 0o440, sources } };
}

/** Where a container with the volume of {@link brokerLoginOf} finds its key. */
export function brokerKeyFile(user: string): string {
  return `${loginDir}/${brokerKeysOf(user).seed}`;
}

/** Where it finds its certificate; undefined where the brokers speak no TLS. */
export function brokerTlsOf(stack: Stack, user: string) {
  return certificateFiles(stack, user, loginDir);
}
