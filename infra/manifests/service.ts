import type { EnvVar, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { brokerUsersOf, serviceNamed } from '../../topology/derive/index.ts';
import { clusterEnvironmentOf, clusterPortsOf } from '../../topology/kubernetes/index.ts';
import type { ServiceSpec } from '../../topology/model.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { autoscaler } from './autoscaler.ts';
import { brokerKeyFile, brokerLoginOf, brokerTlsOf } from './broker-users.ts';
import { clientsFileOf } from './client-keys.ts';
import type { Manifest } from './manifest.ts';
import { containerPorts, disruptionBudget, type Owner, service, serviceAccount } from './objects.ts';
import { containerOf, httpProbe, podOf, softSpread, temporaryFiles } from './pod.ts';
import { claimName } from './storage.ts';
import { workload } from './workload.ts';

const dataDir = '/data';

/** Twice the 15 s that services promise to end within. */
const graceSeconds = 30;

/** A new instance is ready before an old one goes. One that rebuilds its files from full streams takes its time. */
const rollout = {
  minReadySeconds: 2,
  progressDeadlineSeconds: 1_200,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
};

/** For how long a service that is called goes on answering after it was told to stop, until balancers have noticed. */
const lingerMs = 5_000;

/**
 * A service of the topology: a Deployment, or a StatefulSet with a claim where its files are the only copy.
 *
 * @throws Error when the stack has no such service, or nobody can ask it whether it is ready
 */
export function serviceManifests(stack: Stack, name: string): readonly Manifest[] {
  const spec = serviceNamed(stack.topology, name);
  if (spec === undefined) throw new Error(`no service is called ${name}`);
  if (!spec.listeners.includes('admin')) {
    throw new Error(`the service ${name} has no admin listener, so nobody can tell whether it is ready`);
  }
  const owner: Owner = { app: name, component: 'service' };
  const isCalled = spec.listeners.includes('http');
  const isExposed = stack.topology.edges.some((edge) => edge.from === 'client' && edge.to === name);
  const ports = { http: clusterPortsOf(stack.topology, name).http ?? 0 };
  const isScaled = (stack.config.replicasMax[name] ?? 0) > 0;
  const pods = workload(stack, owner, {
    ...(isScaled ? {} : { replicas: spec.replicas.kubernetes }),
    pod: podSpec(stack, spec),
    keptGib: keepsFiles(spec) ? storageGib(stack, name) : undefined,
    rollout,
  });
  return [
    serviceAccount(stack, owner),
    ...(isCalled
      ? [service(stack, owner, { ports, ...(isExposed ? { type: stack.config.expose } : {}) })]
      : []),
    pods,
    disruptionBudget(stack, owner),
    ...autoscaler(stack, spec, owner, pods.kind),
  ];
}

/** Whether a service's files are the only copy of what they say. */
function keepsFiles(spec: ServiceSpec): boolean {
  return spec.isStateful && spec.isRebuildable !== true;
}

function podSpec(stack: Stack, spec: ServiceSpec): PodSpec {
  const { name } = spec;
  const isUser = brokerUsersOf(stack.topology).some((user) => user.name === name);
  const clients = [clientsFileOf(stack, spec) ?? []].flat();
  const login = isUser ? [brokerLoginOf(stack, name)] : [];
  return podOf(stack, {
    name,
    graceSeconds,
    spread: softSpread(stack, name),
    containers: [
      containerOf(stack, {
        name,
        image: stack.images.services,
        command: [...(spec.interpreter ?? ['node']), spec.main],
        env: environment(stack, spec),
        ...secretsOf(stack, name),
        ports: containerPorts(clusterPortsOf(stack.topology, name)),
        resources: resourcesOf(stack, name),
        // A service that is still catching up is alive; only its readiness may take long.
        startupProbe: httpProbe('admin', '/livez', { periodSeconds: 1, failureThreshold: 60 }),
        livenessProbe: httpProbe('admin', '/livez', {
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 3,
        }),
        readinessProbe: httpProbe('admin', '/readyz', {
          periodSeconds: 2,
          timeoutSeconds: 2,
          failureThreshold: 2,
        }),
        volumeMounts: [
          temporaryFiles.mount,
          ...[...login, ...clients].map(({ mount }) => mount),
          ...(spec.isStateful ? [{ name: claimName, mountPath: dataDir }] : []),
        ],
      }),
    ],
    volumes: [
      temporaryFiles.volume,
      ...[...login, ...clients].map(({ volume }) => volume),
      ...(spec.isStateful && !keepsFiles(spec)
        ? [{ name: claimName, emptyDir: { sizeLimit: `${storageGib(stack, name)}Gi` } }]
        : []),
    ],
  });
}

function environment(stack: Stack, spec: ServiceSpec): EnvVar[] {
  const { name } = spec;
  const external = stack.externalCalls.filter((call) => call.from === name);
  const values = clusterEnvironmentOf(name, stack, {
    dataDir,
    brokerKeyFile: brokerKeyFile(name),
    brokerTls: brokerTlsOf(stack, name),
    settings: {
      ...(spec.listeners.includes('http') ? { STORMPROOF_SHUTDOWN_LINGER_MS: String(lingerMs) } : {}),
      ...clientsFileOf(stack, spec)?.settings,
      ...Object.fromEntries(external.map((call) => [call.variable, call.url])),
      ...stack.config.settings[name],
    },
  });
  return [
    { name: 'STORMPROOF_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
  ];
}

/** Secrets are named here and read by the kubelet: their content is in no manifest and in no state of a stack. */
function secretsOf(stack: Stack, name: string) {
  const secrets = stack.externalCalls.flatMap((call) =>
    call.from === name && call.secret !== undefined ? [call.secret] : [],
  );
  return secrets.length === 0 ? {} : { envFrom: secrets.map((secret) => ({ secretRef: { name: secret } })) };
}

function storageGib(stack: Stack, name: string): number {
  return stack.config.resources[name]?.storageGib ?? 4;
}
