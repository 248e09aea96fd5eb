import { Toxiproxy } from 'toxiproxy-node-client';
import type { FaultKind, FaultRequests } from '../core/fault.ts';
import { probeHttp, renderProbe } from './probe.ts';
import { currentProxies, proxiesOf, proxyResidue, recreateProxy, snapshotProxies } from './proxies.ts';

/** How long a probe through the stalled edge waits before it counts as stalled. */
const stalledAfterMs = 1_000;

/**
 * A black hole: connections stand, no byte passes. Made by a bandwidth of 0 in both directions, since Toxiproxy's
 * `timeout` toxic closes connections when it is removed.
 *
 * Healed by recreating the proxy, which takes milliseconds; removing the toxic from a stalled link that its peer has
 * closed meanwhile takes Toxiproxy seconds. Proven by a probe that gets no answer through the proxy while the callee
 * answers one beside it.
 */
export const stall: FaultKind<FaultRequests['stall']> = {
  name: 'stall',

  resolve: async (target, { edge }) => ({ edge, proxies: await snapshotProxies(target, edge) }),

  subject: (victim) => String(victim.edge),

  describe: (victim) => `stall of ${victim.edge}`,

  async observe(_target, victim) {
    const [proxy] = proxiesOf(victim);
    const before = await probeHttp(proxy?.through ?? '', stalledAfterMs);
    return {
      async prove() {
        const [through, beside] = await Promise.all([
          probeHttp(proxy?.through ?? '', stalledAfterMs),
          probeHttp(proxy?.past ?? '', stalledAfterMs),
        ]);
        return {
          acted: before.answered && !through.answered && beside.answered,
          measurement:
            `${victim.edge}: ${renderProbe(through)} (before: ${renderProbe(before)}; ` +
            `past the proxy: ${renderProbe(beside)})`,
        };
      },
    };
  },

  async inject(_target, victim) {
    await Promise.all(
      proxiesOf(victim).map(async ({ api, name }) => {
        const proxy = await new Toxiproxy(api).get(name);
        for (const stream of ['upstream', 'downstream'] as const) {
          await proxy.addToxic({
            name: `stormproof-stall-${stream}`,
            type: 'bandwidth',
            stream,
            toxicity: 1,
            attributes: { rate: 0 },
          });
        }
      }),
    );
  },

  async heal(target, victim) {
    const proxies = await currentProxies(target, victim);
    await Promise.all(proxies.map(recreateProxy));
  },

  residue: (_target, victim) => proxyResidue(proxiesOf(victim)),
};
