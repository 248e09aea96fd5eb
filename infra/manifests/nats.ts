import { brokerStoreLimits, instancesOfService } from '../../topology/derive/index.ts';
import { clusterPortsOf, natsHeadlessService } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { digestOf, metadataOf, selectorOf } from './labels.ts';
import type { Manifest, ManifestOfKind } from './manifest.ts';
import {
  brokerConfig,
  brokerFiles,
  configMounts,
  configToRestartFor,
  configVolumes,
  owner,
  reloader,
} from './nats-config.ts';
import { brokerAffinity, brokerSpread } from './nats-placement.ts';
import { containerPorts, disruptionBudget, podLabels, service, serviceAccount } from './objects.ts';
import { containerOf, goMemoryLimit, httpProbe, podOf } from './pod.ts';
import { claimName, claimSpec, claimsOf } from './storage.ts';

const gibibyte = 1024 ** 3;

/** A broker in lame duck mode hands over its leaders, then its clients over 30 s, then ends by itself. */
const graceSeconds = 60;

/** The brokers: a StatefulSet with a claim for each, and the names and budget that go with it. */
export function natsManifests(stack: Stack): readonly Manifest[] {
  const ports = clusterPortsOf(stack.topology, 'nats');
  return [
    serviceAccount(stack, owner),
    brokerConfig(stack),
    service(stack, { ...owner, name: natsHeadlessService }, { ports, headless: 'every-pod' }),
    service(stack, owner, { ports: { client: ports.client ?? 0 } }),
    ...(stack.config.keepData ? claims(stack) : []),
    statefulSet(stack),
    // A broker that is not ready, because it still catches up, already votes: a majority may need it.
    disruptionBudget(stack, owner, 'IfHealthyBudget'),
  ];
}

/** How much a broker's claim asks for: what it may store, and a tenth for what it writes beside it. */
function brokerStorageGib(stack: Stack): number {
  const { fileBytes } = brokerStoreLimits(stack.topology);
  return stack.config.resources.nats?.storageGib ?? Math.ceil((fileBytes * 1.1) / gibibyte);
}

/**
 * The claims that the StatefulSet would make by itself, made beforehand where they are to be protected: the
 * StatefulSet adopts claims of the names it expects.
 */
function claims(stack: Stack): readonly Manifest[] {
  return instancesOfService(stack.topology, 'nats', 'kubernetes').map(({ name }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(stack, { ...owner, name: `${claimName}-${name}` }),
    spec: claimSpec(stack, brokerStorageGib(stack)),
  }));
}

function statefulSet(stack: Stack): ManifestOfKind['StatefulSet'] {
  const { topology, images } = stack;
  const resources = resourcesOf(stack, 'nats');
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(stack, { ...owner, name: 'nats' }),
    spec: {
      serviceName: natsHeadlessService,
      replicas: topology.brokers.replicas,
      // No broker is ready before a majority of them is up. Updates still go one by one.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      minReadySeconds: 5,
      revisionHistoryLimit: 3,
      ...claimsOf(stack, 'nats', brokerStorageGib(stack)),
      selector: { matchLabels: selectorOf(stack, 'nats') },
      template: {
        metadata: {
          labels: podLabels(stack, owner),
          annotations: {
            'stormproof.dev/config': digestOf(configToRestartFor(stack)),
          },
        },
        spec: podOf(stack, {
          name: 'nats',
          graceSeconds,
          sidecars: reloader(stack),
          affinity: brokerAffinity(stack),
          spread: brokerSpread(stack),
          containers: [
            containerOf(stack, {
              name: 'nats',
              image: images.nats,
              command: ['nats-server', '--config', brokerFiles.config],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                goMemoryLimit(resources),
              ],
              ports: containerPorts(clusterPortsOf(topology, 'nats')),
              resources,
              // The TERM that follows is ignored by a broker in lame duck mode, which ends when it is done.
              lifecycle: {
                preStop: { exec: { command: ['nats-server', '--signal', `ldm=${brokerFiles.pidFile}`] } },
              },
              ...brokerProbes,
              volumeMounts: [...configMounts, { name: claimName, mountPath: brokerFiles.storeDir }],
            }),
          ],
          volumes: configVolumes(stack),
        }),
      },
    },
  };
}

/**
 * Started means that every stream and consumer of this broker is current again, so that a rolling update never takes a
 * second broker away while the first is catching up, for which it has half an hour. After that a broker that lags
 * behind is still a broker: only one whose JetStream has stopped (a broken disk) is restarted, and only one that is cut
 * off from the leader of the cluster is passed by.
 */
const brokerProbes = {
  startupProbe: httpProbe('monitor', '/healthz', {
    periodSeconds: 2,
    timeoutSeconds: 5,
    failureThreshold: 900,
  }),
  livenessProbe: httpProbe('monitor', '/healthz?js-enabled-only=true', {
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 3,
  }),
  readinessProbe: httpProbe('monitor', '/healthz?js-server-only=true', {
    periodSeconds: 5,
    timeoutSeconds: 5,
    failureThreshold: 2,
  }),
};
