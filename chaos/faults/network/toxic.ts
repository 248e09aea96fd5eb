import { Toxiproxy } from 'toxiproxy-node-client';
import type { BrokerLogin } from '../../../services/runtime/broker-login.ts';
import { edgeName, operatorUser } from '../../../topology/index.ts';
import { FaultError, type FaultKind, type Proof, type Victim } from '../../core/fault.ts';
import type { Parameters } from '../../core/parameters.ts';
import { converse, type Exchange, type Protocol } from './dialogue.ts';
import {
  currentProxies,
  listToxics,
  proxiesOf,
  proxyResidue,
  recreateProxy,
  snapshotProxies,
} from './proxies.ts';

/** A toxic as Toxiproxy's API takes it; `downstream` is from the callee to the caller. */
export type Toxic = {
  readonly type: 'latency' | 'bandwidth' | 'slicer' | 'reset_peer';
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
};

/** What was measured on an edge at one moment, on one of its proxies. */
export type EdgeMeasurement = {
  /** Exchanges through the proxy, at least one: one after the other before the injection, all at one time during it. */
  readonly through: readonly [Exchange, ...Exchange[]];
  /** One that goes past it: whether the callee itself answers. */
  readonly past: Exchange;
};

/** How an edge is asked for a measurement. */
export type EdgeProbe = {
  readonly timeoutMs: number;
  /** Exchanges through the proxy; default 1. */
  readonly times?: number;
  /** Bytes sent with each; default 0. */
  readonly upload?: number;
};

/** With what lets this process in at brokers. */
type ReadyProbe = EdgeProbe & { readonly login: BrokerLogin | undefined };

/** What tells one kind of disturbance from the others. */
export type ToxicKind = {
  readonly name: string;
  readonly parameters: Parameters;
  /** Default: all but the brokers' routes, which `partition` disturbs. */
  readonly protocols?: readonly Protocol[];
  /** What is done, without to whom: `latency of 200 ± 0 ms`. */
  describe(victim: Victim): string;
  toxics(victim: Victim): readonly Toxic[];
  probe(victim: Victim): EdgeProbe;
  /** Whether the edge was disturbed. Pure. */
  judge(before: EdgeMeasurement, during: EdgeMeasurement, victim: Victim): Proof;
  /**
   * Whether connections break when it is healed: the proxy is then made anew, which takes milliseconds, while removing a
   * toxic from a stalled link that its peer has closed takes Toxiproxy seconds.
   */
  readonly breaksConnections: boolean;
};

const protocolsByDefault: readonly Protocol[] = ['http', 'nats', 'otlp-http', 'otlp-grpc'];

/**
 * A kind of fault that disturbs an edge by toxics of the proxies on it. Proven by exchanges with the callee of the first
 * proxy, through it and past it: what the injector says plays no part.
 */
export function createToxicKind<Request extends { readonly edge: string }>(
  own: ToxicKind,
): FaultKind<Request> {
  const { name, parameters, protocols = protocolsByDefault } = own;
  return {
    name,
    parameters,
    actsOn: { kind: 'edge', protocols },

    async resolve(target, request) {
      const edge = target.topology.edges.find((candidate) => edgeName(candidate) === request.edge);
      if (edge === undefined) throw new FaultError(`no edge is called ${request.edge}`);
      if (!protocols.includes(edge.protocol)) {
        throw new FaultError(
          `${name} cannot act on ${request.edge}: nothing would prove it over ${edge.protocol}`,
        );
      }
      const proxies = await snapshotProxies(target, request.edge);
      return { ...request, protocol: edge.protocol, proxies };
    },

    describe: (victim) => `${own.describe(victim)} on ${victim.edge}`,
    subject: (victim) => String(victim.edge),
    disables: () => [],

    async observe(target, victim) {
      const probe = { ...own.probe(victim), login: await target.brokerLogin?.(operatorUser) };
      // A moment in which the machine stands still would hide a delay if it fell into all of them.
      const before = await measure(victim, probe, 'in turn');
      return {
        async prove() {
          const proof = own.judge(before, await measure(victim, probe, 'together'), victim);
          return { ...proof, measurement: `${victim.edge}: ${proof.measurement}` };
        },
      };
    },

    async inject(_target, victim) {
      for (const { api, name: proxyName } of proxiesOf(victim)) {
        const proxy = await new Toxiproxy(api).get(proxyName);
        for (const { type, stream, attributes } of own.toxics(victim)) {
          await proxy.addToxic({ name: toxicName(name, stream), type, stream, toxicity: 1, attributes });
        }
      }
    },

    async heal(target, victim) {
      for (const snapshot of await currentProxies(target, victim)) {
        const proxy = (await new Toxiproxy(snapshot.api).getAll())[snapshot.name];
        if (proxy === undefined || own.breaksConnections) {
          await recreateProxy(snapshot);
          continue;
        }
        const present = await listToxics(proxy);
        for (const { stream } of own.toxics(victim)) {
          const toxic = toxicName(name, stream);
          if (present.includes(toxic)) await (await proxy.getToxic(toxic)).remove();
        }
      }
    },

    residue: (_target, victim) => proxyResidue(proxiesOf(victim)),
  };
}

function toxicName(kind: string, stream: Toxic['stream']): string {
  return `stormproof-${kind}-${stream}`;
}

async function measure(
  victim: Victim,
  { timeoutMs, times = 1, upload = 0, login }: ReadyProbe,
  order: 'in turn' | 'together',
): Promise<EdgeMeasurement> {
  const [proxy] = proxiesOf(victim);
  const protocol = victim.protocol as Protocol;
  const ask = (address: string) => converse(protocol, address, { timeoutMs, upload, login });
  const through = () => ask(proxy?.through ?? '');
  const beginning = [ask(proxy?.past ?? ''), through()] as const;
  if (order === 'in turn') await Promise.all(beginning);
  const others = [];
  for (let time = 1; time < times; time++) {
    others.push(through());
    if (order === 'in turn') await others.at(-1);
  }
  const [past, first] = await Promise.all(beginning);
  return { through: [first, ...(await Promise.all(others))], past };
}
