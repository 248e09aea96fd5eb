import type { Container, Volume } from 'kubernetes-types/core/v1.d.ts';
import { brokersCertificate } from '../../topology/derive/index.ts';
import { clusterNatsConfigFixedAtStart, renderClusterNatsConfig } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { certificateFiles, certificateSources } from './broker-certificates.ts';
import { publicKeySources } from './broker-users.ts';
import { metadataOf } from './labels.ts';
import type { ManifestOfKind } from './manifest.ts';
import type { Owner } from './objects.ts';
import { containerOf } from './pod.ts';

export const owner: Owner = { app: 'nats', component: 'broker' };

/** Where a broker finds and keeps its files. */
export const brokerFiles = {
  config: '/etc/nats/nats.conf',
  storeDir: '/data',
  pidFile: '/run/nats/nats.pid',
} as const;

const configDir = '/etc/nats';

/** What the configuration says of where a broker's files are. */
const placeOf = (stack: Stack) => ({
  storeDir: brokerFiles.storeDir,
  pidFile: brokerFiles.pidFile,
  tls: certificateFiles(stack, brokersCertificate, configDir),
});

const reloaderName = 'broker-reload';
const configName = 'nats-config';

export const configMounts = [
  { name: 'config', mountPath: configDir, readOnly: true },
  { name: 'run', mountPath: '/run/nats' },
];

/** The configuration and, beside it, the public keys of the users, and the brokers' certificate where they speak TLS. */
export const configVolumes = (stack: Stack): Volume[] => [
  {
    name: 'config',
    projected: {
      sources: [
        { configMap: { name: configName } },
        ...publicKeySources(stack),
        ...certificateSources(stack, brokersCertificate),
      ],
    },
  },
  { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
];

/** One file for all brokers, under a name that stays, so that a broker that runs sees it change. */
export function brokerConfig(stack: Stack): ManifestOfKind['ConfigMap'] {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(stack, { ...owner, name: configName }),
    data: { 'nats.conf': renderClusterNatsConfig(stack.topology, placeOf(stack)) },
  };
}

/** What brokers are restarted for when it changes: everything, or what the reloader cannot bring them. */
export function configToRestartFor(stack: Stack): string {
  const render =
    stack.images.reloader === undefined ? renderClusterNatsConfig : clusterNatsConfigFixedAtStart;
  return render(stack.topology, placeOf(stack));
}

/**
 * Beside each broker, where the stack names an image for it: tells the broker when its configuration has changed. It is
 * an image of its own because brokers must not be restarted with every release of the services.
 */
export function reloader(stack: Stack): readonly Container[] {
  const image = stack.images.reloader;
  if (image === undefined) return [];
  return [
    containerOf(stack, {
      name: reloaderName,
      image,
      command: ['node', 'services/broker-reload/main.ts'],
      env: [
        { name: 'STORMPROOF_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'STORMPROOF_BROKER_CONFIG_FILE', value: brokerFiles.config },
        { name: 'STORMPROOF_BROKER_PID_FILE', value: brokerFiles.pidFile },
      ],
      resources: resourcesOf(stack, reloaderName),
      volumeMounts: configMounts,
    }),
  ];
}
