import { type Proxy as ProxyHandle, Toxiproxy } from 'toxiproxy-node-client';
import type { Target } from '../../../targets/target.ts';
import { FaultError, type Victim } from '../../core/fault.ts';

/** A proxy as it is when nothing is wrong with it: enough to recreate it. */
export type ProxySnapshot = {
  readonly api: string;
  readonly name: string;
  /** `host:port` that callers connect to, and of the callee: as Toxiproxy, wherever it runs, understands them. */
  readonly listen: string;
  readonly upstream: string;
  /** The same two as this process reaches them, for measurements. */
  readonly through: string;
  readonly past: string;
  /** Of a route between brokers: who connects to whom. */
  readonly pair?: { readonly from: string; readonly to: string };
};

/**
 * The proxies of an edge.
 * @throws FaultError when the edge passes through none
 */
export async function snapshotProxies(target: Target, edge: string): Promise<readonly ProxySnapshot[]> {
  const refs = await target.proxies(edge);
  if (refs.length === 0) {
    throw new FaultError(
      `edge ${edge} passes through no proxy on the ${target.name} target; start the platform with chaos on`,
    );
  }
  return Promise.all(
    refs.map(async ({ proxy: name, ...here }) => {
      const { listen, upstream } = await new Toxiproxy(here.api).get(name);
      return { ...here, name, listen, upstream };
    }),
  );
}

/** Reads the snapshots back out of a victim, which may come from a journal. */
export function proxiesOf(victim: Victim): readonly ProxySnapshot[] {
  if (!Array.isArray(victim.proxies)) throw new FaultError('the victim lists no proxies');
  return victim.proxies as readonly ProxySnapshot[];
}

/**
 * The proxies of a victim's edge as they are now: a platform that was stopped and started since the injection may have
 * other ports than the victim tells. One that is missing is told as the victim remembers it.
 *
 * @throws FaultError when one is missing that the victim remembers elsewhere
 */
export async function currentProxies(target: Target, victim: Victim): Promise<readonly ProxySnapshot[]> {
  const refs = await target.proxies(String(victim.edge));
  return Promise.all(
    refs.map(async ({ proxy: name, ...here }) => {
      const { api } = here;
      const found = (await new Toxiproxy(api).getAll())[name];
      if (found !== undefined) return { ...here, name, listen: found.listen, upstream: found.upstream };
      const remembered = proxiesOf(victim).find((snapshot) => snapshot.api === api && snapshot.name === name);
      if (remembered === undefined) {
        throw new FaultError(`proxy ${name} is missing at ${api}; restart the platform (\`down\`, \`up\`)`);
      }
      return remembered;
    }),
  );
}

/** The making anew of each proxy that is under way, by its API and name. */
const underWay = new Map<string, Promise<void>>();

/** Deletes a proxy, with its connections and toxics, and makes it anew. Two faults on one proxy are healed one by one. */
export async function recreateProxy(proxy: ProxySnapshot): Promise<void> {
  const key = `${proxy.api} ${proxy.name}`;
  const before = underWay.get(key) ?? Promise.resolve();
  const mine = before.catch(() => {}).then(() => removeAndCreate(proxy));
  underWay.set(key, mine);
  try {
    await mine;
  } finally {
    if (underWay.get(key) === mine) underWay.delete(key);
  }
}

async function removeAndCreate({ api, name, listen, upstream }: ProxySnapshot): Promise<void> {
  const toxiproxy = new Toxiproxy(api);
  const proxies = await toxiproxy.getAll();
  await proxies[name]?.remove();
  await toxiproxy.createProxy({ name, listen, upstream, enabled: true });
}

/** What is wrong with proxies that should be as in their snapshots. */
export async function proxyResidue(snapshots: readonly ProxySnapshot[]): Promise<readonly string[]> {
  const found = await Promise.all(
    snapshots.map(async ({ api, name }) => {
      const proxy = (await new Toxiproxy(api).getAll())[name];
      if (proxy === undefined) return [`proxy ${name} is missing`];
      return [
        ...(proxy.enabled ? [] : [`proxy ${name} is disabled`]),
        ...(await listToxics(proxy)).map((toxic) => `proxy ${name} still has toxic ${toxic}`),
      ];
    }),
  );
  return found.flat();
}

/** The names of a proxy's toxics. The client has no call for them, and its `toJson` promises but lacks them. */
export async function listToxics(proxy: ProxyHandle): Promise<readonly string[]> {
  const { data } = await proxy.api.get<readonly { readonly name: string }[]>(`${proxy.getPath()}/toxics`);
  return data.map((toxic) => toxic.name);
}
