import { Toxiproxy } from 'toxiproxy-node-client';
import { FaultError, type FaultKind, type FaultRequests } from '../core/fault.ts';
import { probeHttp, renderProbe } from './probe.ts';
import {
  currentProxies,
  listToxics,
  proxiesOf,
  proxyResidue,
  recreateProxy,
  snapshotProxies,
} from './proxies.ts';

const toxicName = 'stormproof-latency';

/**
 * Delays the answers on an edge by Toxiproxy's `latency` toxic. Proven by asking the callee through the proxy: the
 * answer must come at least 80 % of the delay (less the jitter) later than before.
 */
export const latency: FaultKind<FaultRequests['latency']> = {
  name: 'latency',

  async resolve(target, { edge, latencyMs, jitterMs = 0 }) {
    if (!(latencyMs >= 1 && latencyMs <= 60_000)) {
      throw new FaultError(`latencyMs of ${edge}: found ${latencyMs}, expected 1 to 60,000`);
    }
    if (!(jitterMs >= 0 && jitterMs <= latencyMs)) {
      throw new FaultError(`jitterMs of ${edge}: found ${jitterMs}, expected 0 to latencyMs (${latencyMs})`);
    }
    return { edge, latencyMs, jitterMs, proxies: await snapshotProxies(target, edge) };
  },

  subject: (victim) => String(victim.edge),

  describe: (victim) => `latency of ${victim.latencyMs} ± ${victim.jitterMs} ms on ${victim.edge}`,

  async observe(_target, victim) {
    const [proxy] = proxiesOf(victim);
    const address = proxy?.through ?? '';
    const timeoutMs = 2 * (Number(victim.latencyMs) + Number(victim.jitterMs)) + 5_000;
    const before = await probeHttp(address, timeoutMs);
    return {
      async prove() {
        const during = await probeHttp(address, timeoutMs);
        const expectedMs = 0.8 * (Number(victim.latencyMs) - Number(victim.jitterMs));
        return {
          acted: before.answered && during.answered && during.tookMs - before.tookMs >= expectedMs,
          measurement: `${victim.edge}: ${renderProbe(during)} (before: ${renderProbe(before)})`,
        };
      },
    };
  },

  async inject(_target, victim) {
    await Promise.all(
      proxiesOf(victim).map(async ({ api, name }) => {
        const proxy = await new Toxiproxy(api).get(name);
        await proxy.addToxic({
          name: toxicName,
          type: 'latency',
          stream: 'downstream',
          toxicity: 1,
          attributes: { latency: victim.latencyMs, jitter: victim.jitterMs },
        });
      }),
    );
  },

  async heal(target, victim) {
    const proxies = await currentProxies(target, victim);
    await Promise.all(
      proxies.map(async (snapshot) => {
        const proxy = (await new Toxiproxy(snapshot.api).getAll())[snapshot.name];
        if (proxy === undefined) return recreateProxy(snapshot);
        const toxics = await listToxics(proxy);
        if (toxics.includes(toxicName)) await (await proxy.getToxic(toxicName)).remove();
      }),
    );
  },

  residue: (_target, victim) => proxyResidue(proxiesOf(victim)),
};
