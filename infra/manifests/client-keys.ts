import { clientsFileVariable, loadClient, newClientKey, renderClients } from '../../topology/derive/index.ts';
import { clientKeyOf, orderClients } from '../../topology/kubernetes/index.ts';
import type { ServiceSpec } from '../../topology/model.ts';
import type { Stack } from '../stack.ts';
import { stackLabels } from './labels.ts';
import { hasLoadPods } from './load.ts';
import type { ManifestOfKind } from './manifest.ts';
import type { MountedVolume } from './pod.ts';

const clientsDir = '/etc/stormproof/clients';
const volumeName = 'clients';

/**
 * The Secrets of the order API, without their content, which is made when they are (components/client-keys.ts): who may use
 * it, and the key of the client that load is sent as, where load may be sent. None where everybody is let in.
 */
export function clientKeyManifests(stack: Stack): readonly ManifestOfKind['Secret'][] {
  if (!stack.config.apiKeys) return [];
  const names = [orderClients.secret, ...(hasLoadPods(stack) ? [clientKeyOf(loadClient).secret] : [])];
  return names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: stack.config.namespace,
      labels: { ...stackLabels(stack), 'app.kubernetes.io/component': 'order' },
    },
    type: 'Opaque',
  }));
}

/**
 * What these Secrets hold first, by their names: another key each time. In production nobody is let in before somebody puts
 * clients there.
 */
export function createClientKeys(stack: Stack): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const { secret, key: name } = clientKeyOf(loadClient);
  const key = newClientKey();
  return hasLoadPods(stack)
    ? {
        [orderClients.secret]: { [orderClients.file]: renderClients([{ id: loadClient, key }]) },
        [secret]: { [name]: key },
      }
    : { [orderClients.secret]: { [orderClients.file]: renderClients([]) } };
}

/** What the service needs that clients call; undefined for others, and where everybody is let in. */
export function clientsFileOf(
  { topology, config }: Stack,
  { name }: ServiceSpec,
): (MountedVolume & { readonly settings: Readonly<Record<string, string>> }) | undefined {
  const isCalled = topology.edges.some(({ from, to }) => from === 'client' && to === name);
  if (!config.apiKeys || !isCalled) return undefined;
  const { secret, file } = orderClients;
  return {
    volume: {
      name: volumeName,
      secret: { secretName: secret, items: [{ key: file, path: file }], defaultMode: 0o440 },
    },
    mount: { name: volumeName, mountPath: clientsDir, readOnly: true },
    settings: { [clientsFileVariable]: `${clientsDir}/${file}` },
  };
}
