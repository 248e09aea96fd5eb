import { Toxiproxy } from 'toxiproxy-node-client';
import { operatorUser } from '../../../topology/derive/index.ts';
import { FaultError, type FaultKind, type FaultRequests, type Victim } from '../../core/fault.ts';
import { chooseInstance, renderChosen } from '../process/instance.ts';
import { converse, renderExchange } from './dialogue.ts';
import {
  currentProxies,
  type ProxySnapshot,
  proxiesOf,
  proxyResidue,
  recreateProxy,
  snapshotProxies,
} from './proxies.ts';
import { listenToRoutes, messagesAcross, missingRoutes } from './routes.ts';

const edge = 'nats-nats';
const silentAfterMs = 1_000;

type Direction = FaultRequests['partition']['direction'];

/** A proxy of a route of the victim, and which of its streams are cut; `downstream` is from callee to caller. */
type Cut = { readonly proxy: ProxySnapshot; readonly streams: readonly ('upstream' | 'downstream')[] };

/**
 * Cuts one broker off from the others as a black hole does: its routes stand, but no byte passes in the cut direction.
 *
 * Proven on the routes themselves, twice. On new connections: a broker introduces itself to whoever connects, so where that
 * direction is cut the introduction comes past the proxy and not through it. On those that stand: by the count of the
 * brokers that should receive it, not one message crosses. Healed by making the proxies anew (see stall); the brokers then
 * dial each other again.
 */
export const partition: FaultKind<FaultRequests['partition']> = {
  name: 'partition',
  parameters: {},
  actsOn: { kind: 'edge', protocols: ['nats-route'] },

  async resolve(target, { broker, direction }) {
    const { instance, role } = await chooseInstance(target, broker);
    const proxies = (await snapshotProxies(target, edge)).filter((proxy) => isOf(proxy, instance));
    if (proxies.length === 0) throw new FaultError(`no route of ${instance} passes through a proxy`);
    return { edge, instance, role, direction, proxies } as unknown as Victim;
  },

  describe: (victim) => `partition of ${partition.subject(victim)}`,
  subject: (victim) => `${renderChosen(victim)}${directionWords[victim.direction as Direction]}`,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const introductions = cutsOf(victim).filter(({ streams }) => streams.includes('downstream'));
    const login = await target.brokerLogin?.(operatorUser);
    const ask = (address: string) => converse('nats-route', address, { timeoutMs: silentAfterMs, login });
    const before = await Promise.all(introductions.map(({ proxy }) => ask(proxy.through)));
    return {
      async prove() {
        const [through, past, heard] = await Promise.all([
          Promise.all(introductions.map(({ proxy }) => ask(proxy.through))),
          Promise.all(introductions.map(({ proxy }) => ask(proxy.past))),
          listenToRoutes(target),
        ]);
        const crossed = messagesAcross(heard, {
          instance: String(victim.instance),
          direction: victim.direction as Direction,
        });
        return {
          acted:
            // Routes to a broker that is cut off itself were silent before.
            before.some(({ answered }) => answered) &&
            through.every(({ answered }) => !answered) &&
            past.every(({ answered }) => answered) &&
            crossed === 0,
          measurement: [
            `${crossed} messages crossed`,
            ...introductions.map(({ proxy }, at) => {
              const [here, beside] = [through[at], past[at]];
              return `${proxy.name}: ${here && renderExchange(here)} (past the proxy: ${beside && renderExchange(beside)})`;
            }),
          ].join('; '),
        };
      },
    };
  },

  async inject(_target, victim) {
    await Promise.all(
      cutsOf(victim).map(async ({ proxy: { api, name }, streams }) => {
        const proxy = await new Toxiproxy(api).get(name);
        for (const stream of streams) {
          await proxy.addToxic({
            // Two partitions share the routes between their victims.
            name: `stormproof-partition-${victim.instance}-${stream}`,
            ...{ type: 'bandwidth', stream, toxicity: 1, attributes: { rate: 0 } },
          });
        }
      }),
    );
  },

  async heal(target, victim) {
    const routes = (await currentProxies(target, victim)).filter((proxy) =>
      isOf(proxy, String(victim.instance)),
    );
    await Promise.all(routes.map(recreateProxy));
  },

  async residue(target, victim) {
    return [...(await proxyResidue(proxiesOf(victim))), ...(await missingRoutes(target))];
  },
};

const directionWords: Readonly<Record<Direction, string>> = {
  both: '',
  from: ', which cannot send',
  towards: ', which cannot receive',
};

function isOf({ pair }: ProxySnapshot, broker: string): boolean {
  return pair?.from === broker || pair?.to === broker;
}

function cutsOf(victim: Victim): readonly Cut[] {
  const direction = victim.direction as Direction;
  return proxiesOf(victim).map((proxy) => {
    // Upstream flows from the caller of the pair to its callee.
    const [towards, from] =
      proxy.pair?.to === victim.instance
        ? (['upstream', 'downstream'] as const)
        : (['downstream', 'upstream'] as const);
    const streams = { both: [towards, from], towards: [towards], from: [from] }[direction];
    return { proxy, streams };
  });
}
