import { setTimeout as delay } from 'node:timers/promises';
import type { Provider } from '@pulumi/pulumi/provider/index.js';
import type { Cluster, KubernetesObject, LiveObject } from './cluster.ts';
import { differenceOf } from './diff.ts';
import { podTroubles } from './pods.ts';
import { readinessOf } from './readiness.ts';
import { liveIn, plain, sealed } from './wire.ts';

/** The object is in the cluster but not ready. The engine keeps it in the state, and the next `up` goes on with it. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly id: string;
  /** What the engine keeps as the object's state. */
  readonly properties: unknown;
  readonly reasons: readonly string[];

  constructor(id: string, properties: unknown, reasons: readonly string[]) {
    super(`${id} is there, but not ready: ${reasons.join('; ')}`);
    this.id = id;
    this.properties = properties;
    this.reasons = reasons;
  }
}

type Inputs = Readonly<Record<string, unknown>>;

const pollMs = 500;

/**
 * The resources of the Kubernetes provider, for any kind of object. The state of each is its inputs, secrets as
 * secrets; what the cluster adds is not kept.
 *
 * @param options.cluster connects when it is first needed: a preview needs none
 * @param options.waitMsMax how long an object may take to be ready, or to be gone
 */
export function createProvider(options: {
  readonly version: string;
  readonly cluster: () => Cluster;
  readonly waitMsMax: number;
}): Provider {
  const { cluster, waitMsMax } = options;
  let isCancelled = false;

  /** Tells from now on whether somebody has waited long enough. */
  const patience = () => {
    const deadline = performance.now() + waitMsMax;
    return () => isCancelled || performance.now() > deadline;
  };

  const put = async (inputs: Inputs) => {
    const object = objectOf(inputs);
    await cluster().apply(object, { force: isAnnotated(object, 'pulumi.com/patchForce') });
    await untilReady(object, inputs);
  };

  const untilReady = async (object: KubernetesObject, inputs: Inputs) => {
    if (isAnnotated(object, 'pulumi.com/skipAwait')) return;
    const isOver = patience();
    for (;;) {
      const live = await cluster().read(object);
      const readiness = live === undefined ? gone : readinessOf(live);
      if (readiness.state === 'ready') return;
      if (readiness.state === 'failed' || isOver()) {
        const troubles = live === undefined ? [] : await podTroubles(cluster(), live);
        throw new NotReadyError(idOf(object), inputs, [readiness.why, ...troubles]);
      }
      await delay(pollMs);
    }
  };

  return {
    version: options.version,

    async check(_urn, _olds, news: Inputs) {
      const { metadata } = news as { metadata?: { name?: unknown } };
      if (metadata?.name !== undefined) return { inputs: sealed(news) };
      return { failures: [{ property: 'metadata.name', reason: 'the stand-in gives no names by itself' }] };
    },

    async diff(_id, _urn, olds: Inputs, news: Inputs) {
      const wanted = objectOf(news);
      const { changed, replacing } = differenceOf(objectOf(olds), wanted);
      const isUnready =
        isAnnotated(wanted, 'pulumi.com/replaceUnready') && (await isUnreadyNow(cluster, wanted));
      const replaces = isUnready ? [...replacing, 'metadata.annotations'] : replacing;
      return {
        changes: changed.length > 0 || replaces.length > 0,
        replaces: [...replaces],
        // An object of the same name cannot be there twice.
        deleteBeforeReplace: replaces.length > 0 && idOf(objectOf(olds)) === idOf(wanted),
      };
    },

    async create(_urn, inputs: Inputs) {
      const object = objectOf(inputs);
      if ((await cluster().read(object)) !== undefined) {
        throw new Error(`the ${object.kind} ${idOf(object)} exists already, and not as part of this stack`);
      }
      await put(inputs);
      return { id: idOf(object), outs: inputs };
    },

    async update(_id, _urn, _olds, news: Inputs) {
      await put(news);
      return { outs: news };
    },

    async read(id, _urn, props: Inputs) {
      const object = objectOf(props);
      const live = await cluster().read(object);
      if (live === undefined) return { id: '', props: {} };
      const wouldBe = await cluster().apply(object, { force: true, dryRun: true });
      return { id, props: isSame(live, wouldBe) ? props : liveIn(props, live) };
    },

    async delete(id, _urn, props: Inputs) {
      const object = objectOf(props);
      const isOver = patience();
      await cluster().delete(object);
      while ((await cluster().read(object)) !== undefined) {
        if (isOver()) throw new Error(`the ${object.kind} ${id} is still being deleted`);
        await delay(pollMs);
      }
    },

    /** What is waited for is given up, and kept as not ready: the engine is told to stop, and must not be killed. */
    async cancel() {
      isCancelled = true;
    },
  };
}

const gone = { state: 'failed', why: 'it was deleted meanwhile' } as const;

function objectOf(inputs: Inputs): KubernetesObject {
  return plain(inputs) as KubernetesObject;
}

function idOf({ metadata }: KubernetesObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

function isAnnotated({ metadata }: KubernetesObject, annotation: string): boolean {
  return metadata.annotations?.[annotation] === 'true';
}

/** A cluster that cannot be asked has nothing that is known to be unready: a preview goes on without it. */
async function isUnreadyNow(cluster: () => Cluster, object: KubernetesObject): Promise<boolean> {
  try {
    const live = await cluster().read(object);
    return live !== undefined && readinessOf(live).state !== 'ready';
  } catch {
    return false;
  }
}

/** Whether two versions of an object differ in nothing but who last touched them. */
function isSame(live: LiveObject, wouldBe: LiveObject): boolean {
  const contentOf = (object: LiveObject) => {
    const { managedFields, resourceVersion, generation, ...metadata } = object.metadata as Inputs;
    return JSON.stringify({ ...object, metadata, status: undefined });
  };
  return contentOf(live) === contentOf(wouldBe);
}
