import { setTimeout as delay } from 'node:timers/promises';
import type { V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node';
import { clusterEdgeAddresses, loadPodsName, loadPodsPort } from '../../topology/kubernetes/index.ts';
import { TargetError } from '../target.ts';
import { carry } from './carry.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { createDoors } from './doors.ts';
import { type ClusterChoice, chooseCluster } from './kubeconfig.ts';
import { findPlatform } from './platform.ts';
import { toPodFacts } from './pods.ts';
import { createPodStreams } from './stream.ts';

/** Pods of a Job that send load from inside the cluster. */
export type LoadPods = {
  /** Base URL by which this process reaches each, by completion index. */
  readonly agents: readonly string[];
  /** Where they reach the order service. */
  readonly orderUrls: readonly string[];
  /** Deletes the Job with its pods. */
  close(): Promise<void>;
};

export type LoadPodsOptions = ClusterChoice & {
  readonly environment: NodeJS.ProcessEnv;
  readonly runId: string;
  readonly count: number;
  /** How long the load takes; the Job ends some time after that, whatever becomes of this process. */
  readonly loadSeconds: number;
  /** Ends the waiting; what was made is deleted. */
  readonly signal: AbortSignal;
  readonly onStatus: (text: string) => void;
};

/** Pulling an image and finding room for pods may take minutes on a cluster that scales. */
const readyMsMax = 300_000;
const pollMs = 1_000;
/** For starting, outstanding orders, and fetching histories. */
const marginSeconds = 1_800;

const jobLabel = 'batch.kubernetes.io/job-name';
const indexLabel = 'batch.kubernetes.io/job-completion-index';

/**
 * Starts an indexed Job of load pods and waits until all of them run.
 *
 * @throws TargetError `unsupported` when the stack has no load pods, `not-ready` when they do not come to run in time or one
 *   fails; nothing is left of the Job then
 */
export async function startLoadPods(options: LoadPodsOptions): Promise<LoadPods> {
  const { runId, count, signal } = options;
  const chosen = chooseCluster(options, options.environment);
  const asking = openCluster(chosen, signal);
  const platform = await findPlatform(asking);
  const template = await asking.cronJob(loadPodsName);
  const job = jobOf(template, { name: jobName(runId), count, loadSeconds: options.loadSeconds });
  // Deleting must not depend on the signal.
  const cluster = openCluster(chosen);
  const doors = createDoors();
  const remove = async () => {
    await doors.close();
    await cluster.deleteJob(job.metadata.name);
  };
  await asking.createJob(job);
  try {
    const pods = await awaitPods(asking, job.metadata.name, options);
    const open = createPodStreams(chosen.config, chosen.namespace);
    const agents = pods.map((pod) =>
      doors.open(pod, async (socket) => {
        await carry(socket, (events) => open(pod, loadPodsPort, events));
      }),
    );
    const order = platform.topology.edges.filter(({ from }) => from === 'client');
    return {
      agents: (await Promise.all(agents)).map((address) => `http://${address}`),
      orderUrls: order.flatMap((edge) => clusterEdgeAddresses(edge, { ...platform, proxies: [] })),
      close: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A name that Kubernetes takes: pods get an index and five letters more. */
export function jobName(runId: string): string {
  const name = `${loadPodsName}-${runId.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}`;
  // What tells runs apart is at the end of their ids.
  return name.length <= 50 ? name : `${loadPodsName}-${name.slice(-40).replace(/^-+/, '')}`;
}

/**
 * The Job that runs so many of the pods that a stack's CronJob describes. Pure.
 *
 * @throws TargetError `unsupported` for a stack without it
 */
export function jobOf(
  template: V1CronJob | undefined,
  {
    name,
    count,
    loadSeconds,
  }: { readonly name: string; readonly count: number; readonly loadSeconds: number },
): V1Job & { readonly metadata: { readonly name: string } } {
  const described = template?.spec?.jobTemplate;
  if (described?.spec === undefined) {
    throw new TargetError(
      'unsupported',
      `the stack has no pods that send load (expected the CronJob ${loadPodsName}); run \`pulumi up\` with this version, in a stack with \`environment: test\``,
    );
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...described.metadata, name },
    spec: {
      ...described.spec,
      ...{ completions: count, parallelism: count },
      activeDeadlineSeconds: Math.ceil(loadSeconds) + marginSeconds,
    },
  };
}

/** How the pods of a Job are, as far as the load can begin. Pure. */
export type Seats = {
  /** Names of the pods that run, by completion index. */
  readonly running: readonly string[];
  /** Why each of the others does not, by name. */
  readonly waiting: readonly string[];
  /** Those that have ended: their index is not filled again. */
  readonly failed: readonly string[];
};

/** Which pods of a Job run. Pure. */
export function seatsOf(pods: readonly V1Pod[]): Seats {
  const index = ({ metadata }: V1Pod) => Number(metadata?.labels?.[indexLabel]);
  const facts = [...pods].sort((one, other) => index(one) - index(other)).map(toPodFacts);
  const told = ({ name, missing }: (typeof facts)[number]) => `${name}: ${missing.join(', ')}`;
  return {
    running: facts.filter(({ isRunning, isEnding }) => isRunning && !isEnding).map(({ name }) => name),
    waiting: facts.filter(({ isRunning, isEnding }) => !isRunning && !isEnding).map(told),
    failed: facts.filter(({ isEnding }) => isEnding).map(told),
  };
}

async function awaitPods(
  cluster: Pick<Cluster, 'pods'>,
  job: string,
  { count, signal, onStatus }: LoadPodsOptions,
): Promise<readonly string[]> {
  const deadline = performance.now() + readyMsMax;
  for (;;) {
    const { running, waiting, failed } = seatsOf(await cluster.pods(`${jobLabel}=${job}`));
    if (failed.length > 0) {
      throw new TargetError('not-ready', `pods that were to send load have ended: ${failed.join('; ')}`);
    }
    if (running.length === count) return running;
    onStatus(`waiting for ${count - running.length} of ${count} pods that send load`);
    if (performance.now() >= deadline) {
      throw new TargetError(
        'not-ready',
        `${running.length} of ${count} pods that send load run after ${readyMsMax / 1_000} s` +
          (waiting.length === 0 ? '; the others were not made (a quota?)' : `: ${waiting.join('; ')}`),
      );
    }
    await delay(pollMs, undefined, { signal });
  }
}
