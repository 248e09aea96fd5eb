import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { isWorkload, podSpecOf } from '../manifests/index.ts';
import type { StackRule } from './rule.ts';

/** A setting that keeps whoever breaks in where they are; its words say what is wanted. */
type Hardening<Of> = { readonly wanted: string; readonly holds: (of: Of) => boolean };

/**
 * What Kubernetes calls the restricted Pod Security Standard
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and read-only root file systems. Of what a
 * container says of itself, its pod's word does not count.
 */
const ofPods: readonly Hardening<PodSpec>[] = [
  { wanted: 'runAsNonRoot: true', holds: ({ securityContext }) => securityContext?.runAsNonRoot === true },
  { wanted: 'a runAsUser other than 0', holds: ({ securityContext }) => securityContext?.runAsUser !== 0 },
  {
    wanted: 'seccompProfile RuntimeDefault',
    holds: ({ securityContext }) => securityContext?.seccompProfile?.type === 'RuntimeDefault',
  },
  { wanted: 'no hostNetwork', holds: ({ hostNetwork }) => hostNetwork !== true },
  { wanted: 'no hostPID', holds: ({ hostPID }) => hostPID !== true },
  { wanted: 'no hostIPC', holds: ({ hostIPC }) => hostIPC !== true },
  {
    wanted: 'no volume of the node (hostPath)',
    holds: ({ volumes = [] }) => volumes.every(({ hostPath }) => hostPath === undefined),
  },
  {
    wanted: 'automountServiceAccountToken: false',
    holds: ({ automountServiceAccountToken }) => automountServiceAccountToken === false,
  },
];

const ofContainers: readonly Hardening<Container>[] = [
  {
    wanted: 'allowPrivilegeEscalation: false',
    holds: ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false,
  },
  {
    wanted: 'readOnlyRootFilesystem: true',
    holds: ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true,
  },
  {
    wanted: 'capabilities dropped: ALL',
    holds: ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') === true,
  },
  {
    wanted: 'no capabilities added',
    holds: ({ securityContext }) => (securityContext?.capabilities?.add ?? []).length === 0,
  },
  { wanted: 'not privileged', holds: ({ securityContext }) => securityContext?.privileged !== true },
  {
    wanted: 'nothing but runAsNonRoot: true',
    holds: ({ securityContext }) => securityContext?.runAsNonRoot !== false,
  },
  { wanted: 'a runAsUser other than 0', holds: ({ securityContext }) => securityContext?.runAsUser !== 0 },
  {
    wanted: 'no other seccompProfile than RuntimeDefault',
    holds: ({ securityContext }) =>
      (securityContext?.seccompProfile?.type ?? 'RuntimeDefault') === 'RuntimeDefault',
  },
];

function missing<Of>(settings: readonly Hardening<Of>[], of: Of): readonly string[] {
  return settings.filter(({ holds }) => !holds(of)).map(({ wanted }) => wanted);
}

/** No workload may drop a hardening setting, in any of its containers. */
export const notRestricted: StackRule = {
  name: 'not-restricted',
  severity: 'error',
  check: (_, manifests) =>
    manifests
      .filter(isWorkload)
      .flatMap((workload) => {
        const name = `${workload.kind} ${workload.metadata.name}`;
        const pod = podSpecOf(workload);
        const containers = [...(pod.initContainers ?? []), ...pod.containers];
        return [
          { where: name, lacks: missing(ofPods, pod) },
          ...containers.map((container) => ({
            where: `${name}, container ${container.name}`,
            lacks: missing(ofContainers, container),
          })),
        ];
      })
      .filter(({ lacks }) => lacks.length > 0)
      .map(({ where, lacks }) => ({
        where,
        danger: 'whoever breaks into it can write its files, gain rights, or reach the node',
        fix: `it must have: ${lacks.join(', ')}`,
      })),
};
