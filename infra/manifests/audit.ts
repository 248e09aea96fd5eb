import { auditUser, backendsOf } from '../../topology/derive/index.ts';
import { auditName, clusterNatsUrls, clusterPort } from '../../topology/kubernetes/index.ts';
import { auditProgram } from '../images/services.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { brokerLoginOf } from './broker-users.ts';
import { metadataOf } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { type Owner, podLabels, service, serviceAccount } from './objects.ts';
import { containerOf, podOf, temporaryFiles } from './pod.ts';

const owner: Owner = { app: auditName, component: 'audit' };

/** An audit that has not finished by then never will: it is ended, and its silence is told by the alert AuditStopped. */
const deadlineSeconds = 3_600;

/** Whether a stack audits itself: it wants to, and there are orders to audit. */
export function hasAudit(stack: Stack): boolean {
  return stack.config.audit && auditedServices(stack).includes('order');
}

/** The services that show the audit what they hold, on their admin listeners: a real provider does not. */
export function auditedServices({ topology }: Stack): readonly string[] {
  return topology.services.flatMap(({ name, listeners }) =>
    (name === 'order' || name === 'psp') && listeners.includes('admin') ? [name] : [],
  );
}

/**
 * The continuous audit: a CronJob whose pod reads everything that streams, the simulated provider and the projections hold,
 * tells the Collector what it found, and ends. Between two audits it takes no memory. It asks nothing of the API server.
 *
 * A Job fails where an order is wrong, and is not repeated: the next one looks again, and alerts go by what was told. To
 * audit now: `kubectl create job --from=cronjob/audit ...`.
 */
export function auditManifests(stack: Stack): readonly Manifest[] {
  if (!hasAudit(stack)) return [];
  return [
    serviceAccount(stack, owner),
    ...auditedServices(stack).map((name) =>
      service(
        stack,
        { app: name, component: 'service', name: adminService(name) },
        { ports: { admin: clusterPort(stack.topology, name, 'admin') }, headless: 'ready-pods' },
      ),
    ),
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadataOf(stack, { ...owner, name: auditName }),
      spec: {
        schedule: `*/${stack.config.auditMinutes} * * * *`,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 120,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels: podLabels(stack, owner) },
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: deadlineSeconds,
            template: { metadata: { labels: podLabels(stack, owner) }, spec: auditPod(stack) },
          },
        },
      },
    },
  ];
}

function auditPod(stack: Stack) {
  const login = brokerLoginOf(stack, auditUser);
  const { topology } = stack;
  const adminUrl = (name: string) => `http://${adminService(name)}:${clusterPort(topology, name, 'admin')}`;
  const variables = {
    STORMPROOF_NATS_URL: clusterNatsUrls(topology).join(','),
    ...Object.fromEntries(
      auditedServices(stack).map((name) => [`STORMPROOF_${name.toUpperCase()}_ADMIN_URL`, adminUrl(name)]),
    ),
    ...(backendsOf(topology).includes('collector')
      ? { OTEL_EXPORTER_OTLP_ENDPOINT: `http://collector:${clusterPort(topology, 'collector', 'otlp-http')}` }
      : {}),
  };
  return podOf(stack, {
    name: auditName,
    graceSeconds: 10,
    // A pod that is not restarted stays when its Job has failed, and its log tells what was found.
    restartPolicy: 'Never',
    containers: [
      containerOf(stack, {
        name: auditName,
        image: stack.images.services,
        command: ['node', auditProgram],
        env: [...Object.entries(variables).map(([name, value]) => ({ name, value })), ...login.env],
        resources: resourcesOf(stack, auditName),
        volumeMounts: [temporaryFiles.mount, login.mount],
      }),
    ],
    volumes: [temporaryFiles.volume, login.volume],
  });
}

/** The Service that gives the admin listener of each ready pod of a service an address. */
const adminService = (name: string) => `${name}-admin`;
