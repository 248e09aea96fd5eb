import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';

/** What a Kubernetes object is called. */
export type Reference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

export type KubernetesObject = Reference & {
  readonly metadata: Reference['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
  /** Of a ConfigMap or Secret. */
  readonly immutable?: boolean;
};

/** An object as the cluster has it. */
export type LiveObject = KubernetesObject & {
  readonly metadata: { readonly generation?: number };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
};

/** The API server refused a request, or could not be asked; the message has its words. */
class ClusterError extends Error {
  override readonly name = 'ClusterError';
  /** HTTP status; absent when no answer came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

export type Cluster = {
  /** Undefined when there is no such object. */
  readonly read: (of: Reference) => Promise<LiveObject | undefined>;
  readonly list: (of: Reference, labels: Readonly<Record<string, string>>) => Promise<readonly LiveObject[]>;
  /**
   * Server-side apply, which refuses fields that the API does not have.
   *
   * @param options.force takes over fields that somebody else has set meanwhile
   * @param options.dryRun changes nothing; returns what would be
   */
  readonly apply: (
    object: KubernetesObject,
    options: { readonly force?: boolean; readonly dryRun?: boolean },
  ) => Promise<LiveObject>;
  /** Begins to delete the object and what it owns; done when {@link Cluster.read} finds nothing. */
  readonly delete: (of: Reference) => Promise<void>;
};

type ApiResources = { readonly resources: readonly { name: string; kind: string; namespaced: boolean }[] };

const fieldManager = 'stormproof-stand-in';

/** A client for any kind of object. Kubeconfig's own ways to authenticate are used. */
export function createCluster(config: KubeConfig): Cluster {
  const discovered = new Map<string, Promise<ApiResources>>();

  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new ClusterError('the kubeconfig names no cluster');
    const options: Record<string, unknown> = {};
    await config.applyToHTTPSOptions(options);
    const headers = {
      ...(options.headers as Readonly<Record<string, string>> | undefined),
      'content-type': method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json',
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(new URL(path, server), { ...options, method, headers }, resolve);
      asked.setTimeout(30_000, () => asked.destroy(new Error('no answer within 30 s')));
      asked.once('error', (error) =>
        reject(new ClusterError(`${server} cannot be asked: ${error.message}`, undefined, error)),
      );
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
    const answer = await json(response);
    const { statusCode: status = 0 } = response;
    if (status >= 300) {
      throw new ClusterError((answer as { message?: string }).message ?? `HTTP ${status}`, status);
    }
    return answer;
  };

  const pathOf = async ({ apiVersion, kind, metadata }: Reference, name?: string): Promise<string> => {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let found = discovered.get(apiVersion);
    if (found === undefined) {
      found = call('GET', root) as Promise<ApiResources>;
      found.catch(() => discovered.delete(apiVersion));
      discovered.set(apiVersion, found);
    }
    const resource = (await found).resources.find((one) => one.kind === kind && !one.name.includes('/'));
    if (resource === undefined) throw new ClusterError(`the cluster has no ${kind} in ${apiVersion}`);
    const within = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${root}${within}/${resource.name}${name === undefined ? '' : `/${name}`}`;
  };

  const unlessAbsent = async (asked: Promise<unknown>): Promise<unknown> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof ClusterError && error.status === 404) return undefined;
      throw error;
    }
  };

  return {
    async read(of) {
      const path = await pathOf(of, of.metadata.name);
      return (await unlessAbsent(call('GET', path))) as LiveObject | undefined;
    },
    async list(of, labels) {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const query = new URLSearchParams({ labelSelector: selector.join(',') });
      const { items } = (await call('GET', `${await pathOf(of)}?${query}`)) as { items: LiveObject[] };
      return items;
    },
    async apply(object, { force = false, dryRun = false }) {
      const query = new URLSearchParams({ fieldManager, fieldValidation: 'Strict', force: String(force) });
      if (dryRun) query.set('dryRun', 'All');
      const path = await pathOf(object, object.metadata.name);
      return (await call('PATCH', `${path}?${query}`, object)) as LiveObject;
    },
    async delete(of) {
      const path = await pathOf(of, of.metadata.name);
      await unlessAbsent(call('DELETE', `${path}?propagationPolicy=Foreground`));
    },
  };
}
