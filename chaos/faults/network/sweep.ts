import type { Target } from '../../../targets/target.ts';
import { edgeName } from '../../../topology/index.ts';
import type { Sweep } from '../../core/sweep.ts';
import { type ProxySnapshot, proxyResidue, recreateProxy, snapshotProxies } from './proxies.ts';

/** Every proxy of every edge: enabled, and without toxics. */
export const proxiesSweep: Sweep = {
  name: 'proxies',

  async look(target) {
    const proxies = await allProxies(target);
    return { looked: proxies.map(({ name }) => `proxy ${name}`), wrong: await proxyResidue(proxies) };
  },

  async heal(target) {
    for (const proxy of await allProxies(target)) {
      if ((await proxyResidue([proxy])).length > 0) await recreateProxy(proxy);
    }
  },
};

async function allProxies(target: Target): Promise<readonly ProxySnapshot[]> {
  const edges = target.topology.edges.map(edgeName);
  const proxies = await Promise.all(
    edges.map(async (edge) =>
      (await target.proxies(edge)).length === 0 ? [] : snapshotProxies(target, edge),
    ),
  );
  return proxies.flat();
}
