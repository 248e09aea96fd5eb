import { loadPodsName, loadPodsPort } from '../../topology/kubernetes/index.ts';
import { loadAgent } from '../images/services.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { metadataOf } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { type Owner, podLabels, serviceAccount } from './objects.ts';
import { containerOf, podOf } from './pod.ts';

const owner: Owner = { app: loadPodsName, component: 'load' };
const historyDir = '/history';

/** Interrupted, a recorder gives its orders 5 s and writes everything. */
const graceSeconds = 15;
/** Pods that nobody ever speaks to end by this; whoever makes the Job says how long it takes. */
const untoldSeconds = 3_600;
/** About 52 bytes an order that is accepted at once: 40 million orders a pod. */
const historyGib = 2;

/** Whether load may be sent to a stack, and so from inside it. */
export function hasLoadPods({ config }: Stack): boolean {
  return config.environment === 'test';
}

/**
 * The pods that send load from inside the cluster, as a Job that is never started by itself: a suspended CronJob, of which
 * `load --generators` makes an indexed Job with as many recorders as it wants. Their histories are fetched from them by
 * port-forward, so that nothing has to be able to connect to them.
 *
 * A pod that fails is not replaced, and ends no other: what it had recorded is gone, and the run says so.
 */
export function loadManifests(stack: Stack): readonly Manifest[] {
  if (!hasLoadPods(stack)) return [];
  const pod = podOf(stack, {
    name: loadPodsName,
    graceSeconds,
    restartPolicy: 'Never',
    containers: [
      containerOf(stack, {
        name: loadPodsName,
        image: stack.images.services,
        command: ['node', loadAgent, historyDir, String(loadPodsPort)],
        resources: resourcesOf(stack, loadPodsName),
        volumeMounts: [{ name: 'history', mountPath: historyDir }],
      }),
    ],
    volumes: [{ name: 'history', emptyDir: { sizeLimit: `${historyGib}Gi` } }],
  });
  return [
    serviceAccount(stack, owner),
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadataOf(stack, { ...owner, name: loadPodsName }),
      spec: {
        // A date that never comes, were it ever resumed.
        schedule: '0 0 30 2 *',
        suspend: true,
        concurrencyPolicy: 'Forbid',
        jobTemplate: {
          metadata: { labels: podLabels(stack, owner) },
          spec: {
            ...{ completionMode: 'Indexed', completions: 1, parallelism: 1 },
            backoffLimitPerIndex: 0,
            activeDeadlineSeconds: untoldSeconds,
            ttlSecondsAfterFinished: 600,
            template: { metadata: { labels: podLabels(stack, owner) }, spec: pod },
          },
        },
      },
    },
  ];
}
