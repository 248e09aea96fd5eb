import type {
  Affinity,
  Container,
  PersistentVolumeClaimSpec,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1.d.ts';
import { brokerStoreLimits, instancesOfService } from '../../topology/derive/index.ts';
import {
  clusterNatsConfigFixedAtStart,
  clusterPortsOf,
  natsHeadlessService,
  renderClusterNatsConfig,
} from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { digestOf, metadataOf, selectorOf } from './labels.ts';
import type { Manifest, ManifestOfKind } from './manifest.ts';
import { containerPorts, disruptionBudget, type Owner, podLabels, service, serviceAccount } from './parts.ts';
import { containerOf, goMemoryLimit, httpProbe, podOf, softSpread } from './pod.ts';

const owner: Owner = { app: 'nats', component: 'broker' };
const claimName = 'data';
const configName = 'nats-config';
const files = { storeDir: '/data', pidFile: '/run/nats/nats.pid' };
const configFile = '/etc/nats/nats.conf';
const configMounts = [
  { name: 'config', mountPath: '/etc/nats', readOnly: true },
  { name: 'run', mountPath: '/run/nats' },
];
const gibibyte = 1024 ** 3;

/** A broker in lame duck mode hands over its leaders, then its clients over 30 s, then ends by itself. */
const graceSeconds = 60;

const reloaderName = 'broker-reload';

/** The brokers: a StatefulSet with a claim for each, and the names and budget that go with it. */
export function natsManifests(stack: Stack): readonly Manifest[] {
  const ports = clusterPortsOf(stack.topology, 'nats');
  return [
    serviceAccount(stack, owner),
    brokerConfig(stack),
    service(stack, { ...owner, name: natsHeadlessService }, { ports, isHeadless: true }),
    service(stack, owner, { ports: { client: ports.client ?? 0 } }),
    ...(stack.config.keepData ? claims(stack) : []),
    statefulSet(stack),
    disruptionBudget(stack, owner),
  ];
}

/** One file for all brokers, under a name that stays, so that a broker that runs sees it change. */
function brokerConfig(stack: Stack): ManifestOfKind['ConfigMap'] {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(stack, { ...owner, name: configName }),
    data: { 'nats.conf': renderClusterNatsConfig(stack.topology, files) },
  };
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
    spec: claimSpec(stack),
  }));
}

function claimSpec(stack: Stack): PersistentVolumeClaimSpec {
  const { storageClass } = stack.config;
  return {
    accessModes: ['ReadWriteOnce'],
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    resources: { requests: { storage: `${brokerStorageGib(stack)}Gi` } },
  };
}

function statefulSet(stack: Stack): ManifestOfKind['StatefulSet'] {
  const { topology, config, images } = stack;
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
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: config.keepData ? 'Retain' : 'Delete',
        whenScaled: 'Retain',
      },
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
              command: ['nats-server', '--config', configFile],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                goMemoryLimit(resources),
              ],
              ports: containerPorts(clusterPortsOf(topology, 'nats')),
              resources,
              // The TERM that follows is ignored by a broker in lame duck mode, which ends when it is done.
              lifecycle: {
                preStop: { exec: { command: ['nats-server', '--signal', `ldm=${files.pidFile}`] } },
              },
              ...brokerProbes,
              volumeMounts: [...configMounts, { name: claimName, mountPath: files.storeDir }],
            }),
          ],
          volumes: [
            { name: 'config', configMap: { name: configName } },
            { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          ],
        }),
      },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: claimName, labels: selectorOf(stack, 'nats') },
          spec: claimSpec(stack),
        },
      ],
    },
  };
}

/** What brokers are restarted for when it changes: everything, or what the reloader cannot bring them. */
function configToRestartFor(stack: Stack): string {
  const render =
    stack.images.reloader === undefined ? renderClusterNatsConfig : clusterNatsConfigFixedAtStart;
  return render(stack.topology, files);
}

/**
 * Beside each broker, where the stack names an image for it: tells the broker when its configuration has changed. It is
 * an image of its own because brokers must not be restarted with every release of the services.
 */
function reloader(stack: Stack): readonly Container[] {
  const image = stack.images.reloader;
  if (image === undefined) return [];
  return [
    containerOf(stack, {
      name: reloaderName,
      image,
      command: ['node', 'services/broker-reload/main.ts'],
      env: [
        { name: 'STORMPROOF_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'STORMPROOF_BROKER_CONFIG_FILE', value: configFile },
        { name: 'STORMPROOF_BROKER_PID_FILE', value: files.pidFile },
      ],
      resources: resourcesOf(stack, reloaderName),
      volumeMounts: configMounts,
    }),
  ];
}

/**
 * Started means that every stream and consumer of this broker is current again, so that a rolling update never takes a
 * second broker away while the first is catching up. After that a broker that lags behind is still a broker: only one
 * whose JetStream has stopped (a broken disk) is restarted, and only one that takes no connections is passed by.
 */
const brokerProbes = {
  startupProbe: httpProbe('monitor', '/healthz', {
    periodSeconds: 2,
    timeoutSeconds: 5,
    failureThreshold: 300,
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

/** No two brokers on one node where orders are real; elsewhere only if it can be helped. */
function brokerAffinity(stack: Stack): Affinity {
  const term = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: selectorOf(stack, 'nats') },
  };
  return stack.config.environment === 'production'
    ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    : {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        },
      };
}

/** With three zones or more, the loss of one must not take a majority of the brokers. */
function brokerSpread(stack: Stack): readonly TopologySpreadConstraint[] {
  return softSpread(stack, 'nats').map((constraint) =>
    constraint.topologyKey === 'topology.kubernetes.io/zone' && stack.config.zones >= 3
      ? { ...constraint, whenUnsatisfiable: 'DoNotSchedule' }
      : constraint,
  );
}
