import type { PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import { provisionUser } from '../../topology/derive/index.ts';
import { clusterNatsUrls, provisionName } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { brokerLoginOf } from './broker-users.ts';
import { digestOf, metadataOf } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { configMap, type Owner, podLabels, serviceAccount } from './objects.ts';
import { containerOf, podOf, temporaryFiles } from './pod.ts';

const owner: Owner = { app: provisionName, component: 'provisioning' };
const program = 'services/provision/main.ts';
const topologyDir = '/etc/stormproof';

/** How long one run waits for the brokers; a run that gives up is repeated. */
const deadlineMs = 120_000;

/**
 * Makes streams and consumers what the topology says: a Job for each version of the topology and the program, and a
 * CronJob that comes back to find and repair what was changed by hand. Running it now is one command:
 * `kubectl create job --from=cronjob/provision ...`.
 */
export function provisionManifests(stack: Stack): readonly Manifest[] {
  const { topology, config } = stack;
  if (topology.streams.length === 0) return [];
  // Only what the program reads, so that nothing else makes it run again.
  const wanted = { ...topology, services: [], edges: [] };
  const files = configMap(
    stack,
    { ...owner, name: 'topology' },
    {
      'topology.json': `${JSON.stringify(wanted, undefined, 2)}\n`,
    },
  );
  const template = podTemplate(stack, files.metadata.name);
  const job = { backoffLimit: 5, activeDeadlineSeconds: 600, template };
  return [
    serviceAccount(stack, owner),
    files,
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadataOf(stack, {
        ...owner,
        name: `${provisionName}-${digestOf(JSON.stringify(template))}`,
      }),
      spec: job,
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadataOf(stack, { ...owner, name: provisionName }),
      spec: {
        schedule: `*/${config.reconcileMinutes} * * * *`,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 120,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: { metadata: { labels: podLabels(stack, owner) }, spec: job },
      },
    },
  ];
}

function podTemplate(stack: Stack, topologyFiles: string): PodTemplateSpec {
  const login = brokerLoginOf(stack, provisionUser);
  return {
    metadata: { labels: podLabels(stack, owner) },
    spec: podOf(stack, {
      name: provisionName,
      graceSeconds: 10,
      // A pod that is not restarted stays when its Job has failed, and tells what was refused.
      restartPolicy: 'Never',
      containers: [
        containerOf(stack, {
          name: provisionName,
          image: stack.images.services,
          command: ['node', program],
          env: [
            { name: 'STORMPROOF_NATS_URL', value: clusterNatsUrls(stack.topology).join(',') },
            ...login.env,
            { name: 'STORMPROOF_TOPOLOGY_FILE', value: `${topologyDir}/topology.json` },
            { name: 'STORMPROOF_PROVISION_DEADLINE_MS', value: String(deadlineMs) },
          ],
          resources: resourcesOf(stack, provisionName),
          volumeMounts: [
            temporaryFiles.mount,
            login.mount,
            { name: 'topology', mountPath: topologyDir, readOnly: true },
          ],
        }),
      ],
      volumes: [
        temporaryFiles.volume,
        login.volume,
        { name: 'topology', configMap: { name: topologyFiles } },
      ],
    }),
  };
}
