import type { Container, PodSpec, Probe } from 'kubernetes-types/core/v1.d.ts';
import { clusterPortsOf } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import type { Manifest } from './manifest.ts';
import { configMap, containerPorts, type Owner, service, serviceAccount } from './objects.ts';
import { containerOf, type MountedVolume, podOf, softSpread } from './pod.ts';
import { claimName } from './storage.ts';
import { workload } from './workload.ts';

/** A program that is not ours and runs once, from a configuration file. */
export type Backend = {
  readonly owner: Owner;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: Container['env'];
  /** Mounted in `configDir`; text by path below it. */
  readonly files: Readonly<Record<string, string>>;
  /** Run to their end before it starts; default none. */
  readonly preparations?: readonly Container[];
  /** Further places that it reads from or writes to; default none. */
  readonly volumes?: readonly MountedVolume[];
  readonly probe: Probe;
  /** Which of its ports others may use by name; default all. */
  readonly servedPorts?: readonly string[];
  /** A directory that outlives its pod. */
  readonly data?: { readonly mountPath: string; readonly storageGib: number };
};

/** Where a backend finds its configuration. */
export const configDir = '/etc/stormproof';

const graceSeconds = 30;

/** Identity, configuration, Service and the workload of a backend: a StatefulSet where it keeps data. */
export function backendManifests(stack: Stack, backend: Backend): readonly Manifest[] {
  const { owner, files } = backend;
  const config = configMap(stack, owner, byKey(files));
  const ports = clusterPortsOf(stack.topology, owner.app, stack.proxies);
  const served = Object.entries(ports).filter(([name]) => backend.servedPorts?.includes(name) ?? true);
  return [
    serviceAccount(stack, owner),
    config,
    service(stack, owner, { ports: Object.fromEntries(served) }),
    workload(stack, owner, {
      replicas: 1,
      pod: pod(stack, backend, config.metadata.name),
      keptGib: backend.data?.storageGib,
      // What such a program holds is in its memory: two of them at once would each hold a half.
      rollout: { strategy: { type: 'Recreate' } },
    }),
  ];
}

function pod(stack: Stack, backend: Backend, configName: string): PodSpec {
  const { owner, files, volumes = [], preparations = [] } = backend;
  return podOf(stack, {
    name: owner.app,
    graceSeconds,
    spread: softSpread(stack, owner.app),
    preparations,
    containers: [container(stack, backend)],
    volumes: [
      { name: 'config', configMap: { name: configName, ...placesOf(files) } },
      ...volumes.map(({ volume }) => volume),
    ],
  });
}

function container(stack: Stack, backend: Backend): Container {
  const { owner, image, args, env, volumes = [], probe, data } = backend;
  return containerOf(stack, {
    name: owner.app,
    image,
    args: [...args],
    ...(env === undefined ? {} : { env }),
    ports: containerPorts(clusterPortsOf(stack.topology, owner.app, stack.proxies)),
    resources: resourcesOf(stack, owner.app),
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 120 },
    livenessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    readinessProbe: { ...probe, periodSeconds: 5, timeoutSeconds: 2 },
    volumeMounts: [
      { name: 'config', mountPath: configDir, readOnly: true },
      ...volumes.map(({ mount }) => mount),
      ...(data === undefined ? [] : [{ name: claimName, mountPath: data.mountPath }]),
    ],
  });
}

/** A ConfigMap's keys know no folders: dots stand for the slashes of a path. */
const keyOf = (path: string) => path.replaceAll('/', '.');

function byKey(files: Backend['files']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [keyOf(path), text]));
}

/** Where files lie below `configDir`, if any of them is in a folder there. */
function placesOf(files: Backend['files']) {
  const paths = Object.keys(files);
  return paths.some((path) => path.includes('/'))
    ? { items: paths.map((path) => ({ key: keyOf(path), path })) }
    : {};
}
