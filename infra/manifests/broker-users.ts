import type { Volume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { brokerKeysFile, brokerLoginVariables, brokerUsersOf } from '../../topology/derive/index.ts';
import { brokerKeysOf } from '../../topology/kubernetes/index.ts';
import type { Stack } from '../stack.ts';
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
  user: string,
): MountedVolume & { readonly env: { name: string; value: string }[] } {
  const { secret, seed } = brokerKeysOf(user);
  const volume: Volume = {
    name: volumeName,
    secret: { secretName: secret, items: [{ key: seed, path: seed }], defaultMode: 0o440 },
  };
  const mount: VolumeMount = { name: volumeName, mountPath: loginDir, readOnly: true };
  const variables = brokerLoginVariables(user, brokerKeyFile(user));
  return { volume, mount, env: Object.entries(variables).map(([name, value]) => ({ name, value })) };
}

/** Where a container with the volume of {@link brokerLoginOf} finds its key. */
export function brokerKeyFile(user: string): string {
  return `${loginDir}/${brokerKeysOf(user).seed}`;
}
