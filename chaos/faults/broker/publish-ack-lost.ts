import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../../targets/target.ts';
import { names, operatorUser } from '../../../topology/index.ts';
import { askBrokers } from '../../core/brokers.ts';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { converse, renderExchange } from '../network/dialogue.ts';
import { proxiesOf } from '../network/proxies.ts';
import { judgeSilence, silenceProbe } from '../network/silence.ts';
import { createToxicKind } from '../network/toxic.ts';

/**
 * How long the proof listens: order gives a group up after three tries of 2 s, and only then publishes another.
 */
const listenMs = 10_000;

const muted = createToxicKind<FaultRequests['publish-ack-lost']>({
  name: 'publish-ack-lost',
  parameters: {},
  protocols: ['nats'],
  describe: () => 'PubAcks lost',
  toxics: () => [{ type: 'bandwidth', stream: 'downstream', attributes: { rate: 0 } }],
  probe: silenceProbe,
  judge: judgeSilence,
  breaksConnections: true,
});

/**
 * Orders are stored, and their PubAcks are lost: what comes from the brokers to order stops, and when it is healed the
 * connections are reset.
 *
 * Proven by the stream itself, which grows while for the same ten seconds no broker gets an answer through to order. What
 * is stored meanwhile, order publishes again under the same message id, or its clients send again under the same key;
 * the groups that are on their way when the connections are reset are the ones whose repeats the stream finds to be
 * duplicates.
 */
export const publishAckLost: FaultKind<FaultRequests['publish-ack-lost']> = {
  ...muted,
  observe: async (target, victim) => ({
    async prove() {
      const login = await target.brokerLogin?.(operatorUser);
      const listening = Promise.all(
        proxiesOf(victim).map(({ through }) => converse('nats', through, { timeoutMs: listenMs, login })),
      );
      const grown = await watchGrowth(target, names.ordersStream, performance.now() + listenMs - 1_000);
      const exchanges = await listening;
      return {
        acted: exchanges.every(({ answered }) => !answered) && grown.to > grown.from,
        measurement:
          `${victim.edge}, ${exchanges.length} proxies: ${[...new Set(exchanges.map(renderExchange))].join(' or ')}, ` +
          `while ${names.ordersStream} went from ${grown.from} to ${grown.to}`,
      };
    },
  }),
};

/** The last sequence of a stream now, and when it has grown, or at the deadline, again. Asked past any proxy. */
async function watchGrowth(
  target: Target,
  stream: string,
  deadline: number,
): Promise<{ readonly from: number; readonly to: number }> {
  const last = () =>
    askBrokers(target, async (manager) => (await manager.streams.info(stream)).state.last_seq);
  const from = await last();
  let to = from;
  while (to === from && performance.now() < deadline) {
    await sleep(500);
    to = await last();
  }
  return { from, to };
}
