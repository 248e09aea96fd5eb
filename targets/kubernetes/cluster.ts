import {
  AuthorizationV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  createConfiguration,
  type Middleware,
  PatchStrategy,
  type RequestContext,
  type ResponseContext,
  ServerConfiguration,
  setHeaderOptions,
  type V1ConfigMap,
  type V1CronJob,
  type V1Job,
  type V1Lease,
  type V1Node,
  type V1Pod,
  type V1Secret,
  type V1Service,
} from '@kubernetes/client-node';
import { refusalOf, toTargetError } from './errors.ts';
import type { ChosenCluster } from './kubeconfig.ts';

/**
 * One namespace of a cluster, as far as a target needs it. Every call ends within ten seconds, and throws a TargetError
 * `unreachable` or `forbidden` that says what could not be done; what is not there is undefined.
 */
export type Cluster = {
  readonly server: string;
  readonly namespace: string;
  configMap(name: string): Promise<V1ConfigMap | undefined>;
  secret(name: string): Promise<V1Secret | undefined>;
  /** Replaces some keys of a Secret's content, all at once; the others stay. */
  writeSecret(name: string, content: Readonly<Record<string, string>>): Promise<void>;
  /** The namespaces that have a ConfigMap of this name, where the user may look. */
  namespacesWith(configMap: string): Promise<readonly string[]>;
  pods(labelSelector: string): Promise<readonly V1Pod[]>;
  /** Sets annotations of a pod; one that has gone is no error. */
  annotatePod(name: string, annotations: Readonly<Record<string, string>>): Promise<void>;
  /** Deletes that very pod; one that has gone is no error. */
  deletePod(pod: { readonly name: string; readonly uid: string }, graceSeconds: number): Promise<void>;
  service(name: string): Promise<V1Service | undefined>;
  nodes(): Promise<readonly V1Node[]>;
  /** `/stats/summary` of a node's kubelet. */
  nodeStats(node: string): Promise<unknown>;
  /** Whether the user may do something to pods of the namespace. */
  mayWithPods(verb: string, subresource: string): Promise<boolean>;
  cronJob(name: string): Promise<V1CronJob | undefined>;
  createJob(job: V1Job): Promise<void>;
  /** Deletes a Job and its pods; one that has gone is no error. */
  deleteJob(name: string): Promise<void>;
  lease(name: string): Promise<V1Lease | undefined>;
  /**
   * Creates a lease, or replaces the one that was read.
   * @returns undefined when somebody else was faster
   */
  writeLease(lease: V1Lease): Promise<V1Lease | undefined>;
};

const deadlineMs = 10_000;

const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** @param signal ends calls that are under way, and all later ones */
export function openCluster({ config, namespace, server }: ChosenCluster, signal?: AbortSignal): Cluster {
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [deadline(signal)],
  });
  const core = new CoreV1Api(configuration);
  const coordination = new CoordinationV1Api(configuration);
  const authorization = new AuthorizationV1Api(configuration);
  const batch = new BatchV1Api(configuration);

  async function call<T>(doing: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      throw toTargetError(error, doing, server);
    }
  }
  const inNamespace = `in the namespace ${namespace}`;

  return {
    server,
    namespace,

    configMap: (name) =>
      call(`read the ConfigMap ${name} ${inNamespace}`, () =>
        orNothing(404, core.readNamespacedConfigMap({ name, namespace })),
      ),

    secret: (name) =>
      call(`read the Secret ${name} ${inNamespace}`, () =>
        orNothing(404, core.readNamespacedSecret({ name, namespace })),
      ),

    async writeSecret(name, content) {
      const data = Object.fromEntries(
        Object.entries(content).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      );
      await call(`change the Secret ${name} ${inNamespace}`, () =>
        core.patchNamespacedSecret({ name, namespace, body: { data } }, mergePatch),
      );
    },

    async namespacesWith(configMap) {
      const fieldSelector = `metadata.name=${configMap}`;
      const { items } = await call('list ConfigMaps of all namespaces', () =>
        core.listConfigMapForAllNamespaces({ fieldSelector }),
      );
      return items.map(({ metadata }) => metadata?.namespace ?? '');
    },

    async pods(labelSelector) {
      const request = () => core.listNamespacedPod({ namespace, labelSelector });
      return (await call(`list pods ${inNamespace}`, request)).items;
    },

    async annotatePod(name, annotations) {
      const body = { metadata: { annotations } };
      await call(`annotate the pod ${name} ${inNamespace}`, () =>
        orNothing(404, core.patchNamespacedPod({ name, namespace, body }, mergePatch)),
      );
    },

    async deletePod({ name, uid }, gracePeriodSeconds) {
      const body = { gracePeriodSeconds, preconditions: { uid } };
      await call(`delete the pod ${name} ${inNamespace}`, () =>
        // 409: a pod of this name is there, but another one.
        orNothing(409, orNothing(404, core.deleteNamespacedPod({ name, namespace, body }))),
      );
    },

    service: (name) =>
      call(`read the Service ${name} ${inNamespace}`, () =>
        orNothing(404, core.readNamespacedService({ name, namespace })),
      ),

    nodes: async () => (await call('list nodes', () => core.listNode())).items,

    // Promised as text, handed over parsed.
    nodeStats: (name) =>
      call(`read the statistics of the node ${name}`, () =>
        core.connectGetNodeProxyWithPath({ name, path: 'stats/summary' }),
      ),

    async mayWithPods(verb, subresource) {
      const resourceAttributes = { namespace, verb, resource: 'pods', subresource };
      const body = { spec: { resourceAttributes } };
      const { status } = await call('ask what this user may do', () =>
        authorization.createSelfSubjectAccessReview({ body }),
      );
      return status?.allowed === true;
    },

    cronJob: (name) =>
      call(`read the CronJob ${name} ${inNamespace}`, () =>
        orNothing(404, batch.readNamespacedCronJob({ name, namespace })),
      ),

    async createJob(body) {
      await call(`create the Job ${body.metadata?.name} ${inNamespace}`, () =>
        batch.createNamespacedJob({ namespace, body }),
      );
    },

    async deleteJob(name) {
      // Without it the pods of a Job outlive it.
      const propagationPolicy = 'Background';
      await call(`delete the Job ${name} ${inNamespace}`, () =>
        orNothing(404, batch.deleteNamespacedJob({ name, namespace, propagationPolicy })),
      );
    },

    lease: (name) =>
      call(`read the Lease ${name} ${inNamespace}`, () =>
        orNothing(404, coordination.readNamespacedLease({ name, namespace })),
      ),

    writeLease(body) {
      const name = body.metadata?.name ?? '';
      const isNew = body.metadata?.resourceVersion === undefined;
      return call(`${isNew ? 'create' : 'update'} the Lease ${name} ${inNamespace}`, () =>
        orNothing(
          409,
          isNew
            ? coordination.createNamespacedLease({ namespace, body })
            : coordination.replaceNamespacedLease({ name, namespace, body }),
        ),
      );
    },
  };
}

async function orNothing<T>(code: number, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (refusalOf(error)?.code === code) return undefined;
    throw error;
  }
}

function deadline(signal: AbortSignal | undefined): Middleware {
  return {
    pre: async (request: RequestContext) => {
      const timeout = AbortSignal.timeout(deadlineMs);
      request.setSignal(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
      return request;
    },
    post: async (response: ResponseContext) => response,
  };
}
