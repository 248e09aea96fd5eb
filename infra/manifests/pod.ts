import type {
  Affinity,
  Container,
  PodSpec,
  Probe,
  ResourceRequirements,
  TopologySpreadConstraint,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1.d.ts';
import type { ResourceSpec } from '../../topology/model.ts';
import type { Stack } from '../stack.ts';
import { selectorOf } from './labels.ts';

/** The user and group of every container: nobody that any image or node knows. */
const userId = 65_532;

/**
 * What every pod of the platform is given: no token, no privilege, a read-only root file system. It satisfies the pod
 * security standard `restricted`, which the namespace enforces.
 */
export function podOf(
  stack: Stack,
  options: {
    readonly name: string;
    readonly containers: readonly Container[];
    /** Started before the containers and ended after them, whose processes they see and may signal. */
    readonly sidecars?: readonly Container[];
    /** Run to their end, one after the other, before the containers start. */
    readonly preparations?: readonly Container[];
    readonly volumes?: readonly Volume[];
    readonly graceSeconds: number;
    readonly affinity?: Affinity;
    readonly spread?: readonly TopologySpreadConstraint[];
    readonly restartPolicy?: 'Never';
  },
): PodSpec {
  const { imagePullSecrets } = stack.config;
  const { volumes = [], spread = [], sidecars = [], preparations = [] } = options;
  const lasting = sidecars.map((sidecar) => ({ ...sidecar, restartPolicy: 'Always' }));
  const initContainers = [...lasting, ...preparations];
  return {
    serviceAccountName: options.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationGracePeriodSeconds: options.graceSeconds,
    ...(options.restartPolicy === undefined ? {} : { restartPolicy: options.restartPolicy }),
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    ...(options.affinity === undefined ? {} : { affinity: options.affinity }),
    ...(spread.length === 0 ? {} : { topologySpreadConstraints: [...spread] }),
    ...(sidecars.length === 0 ? {} : { shareProcessNamespace: true }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    containers: [...options.containers],
    ...(volumes.length === 0 ? {} : { volumes: [...volumes] }),
  };
}

/** A container that can write nowhere but to its mounts. */
export function containerOf(
  stack: Stack,
  options: Omit<
    Container,
    'resources' | 'securityContext' | 'imagePullPolicy' | 'terminationMessagePolicy'
  > & {
    readonly resources: ResourceSpec;
  },
): Container {
  const { resources, ...rest } = options;
  return {
    ...rest,
    imagePullPolicy: stack.config.imagePullPolicy,
    // The last lines of a container that failed are part of its status, and so of what `pulumi up` complains about.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: requirementsOf(resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

/**
 * Memory is requested as it is limited, so that nobody is evicted for what a neighbour takes. CPU is requested and not
 * limited: a limit stops a busy process for parts of every period even on an idle machine.
 */
function requirementsOf({ cpuMillis, memoryMib }: ResourceSpec): ResourceRequirements {
  return {
    requests: { cpu: `${cpuMillis}m`, memory: `${memoryMib}Mi` },
    limits: { memory: `${memoryMib}Mi` },
  };
}

/** Tells the Go runtime to collect before the kernel ends the process: at nine tenths of the limit. */
export function goMemoryLimit({ memoryMib }: ResourceSpec): { name: string; value: string } {
  return { name: 'GOMEMLIMIT', value: `${Math.floor(memoryMib * 0.9)}MiB` };
}

/** Pods over nodes and zones as evenly as there is room for. */
export function softSpread(stack: Stack, name: string): readonly TopologySpreadConstraint[] {
  const keys = ['kubernetes.io/hostname', ...(stack.config.zones > 1 ? ['topology.kubernetes.io/zone'] : [])];
  return keys.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorOf(stack, name) },
  }));
}

/** Asks an HTTP endpoint of the container; see each caller for why its path. */
export function httpProbe(port: string, path: string, timing: Omit<Probe, 'httpGet'>): Probe {
  return { httpGet: { path, port }, ...timing };
}

/** A volume of a pod, and where its container finds it. */
export type MountedVolume = { readonly volume: Volume; readonly mount: VolumeMount };

/** A place for temporary files, which an otherwise read-only container gets. */
export const temporaryFiles: MountedVolume = {
  volume: { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
  mount: { name: 'tmp', mountPath: '/tmp' },
};
