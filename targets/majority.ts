import { readBroker } from '../services/broker-metrics/poller.ts';
import type { BrokerReading } from '../services/broker-metrics/readings.ts';
import { instancesOfService } from '../topology/derive/index.ts';
import { majorityOf } from '../topology/majority.ts';
import type { StreamSpec, Topology } from '../topology/model.ts';
import type { Target } from './target.ts';

/** Whether the brokers can store anything, by what each of them says. */
export type Majority = {
  /** Whether more than half of the brokers answer, and agree on a leader of any stream. */
  readonly hasMajority: boolean;
  /** How many brokers must be up and hear each other. */
  readonly needed: number;
  /** The brokers that answer. */
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** Streams without a leader that a majority of their replicas follows: nothing can be stored in them. */
  readonly leaderless: readonly string[];
};

const timeoutMs = 2_000;

/** Asks every broker of a running platform once, past any proxy; one that does not answer within 2 s counts as down. */
export async function readMajority(
  target: Pick<Target, 'addresses' | 'name' | 'topology'>,
): Promise<Majority> {
  const { natsMonitor } = await target.addresses();
  const brokers = instancesOfService(target.topology, 'nats', target.name);
  const readings = await Promise.all(
    brokers.map(async ({ name, ordinal }) => {
      const monitor = natsMonitor[ordinal];
      return [name, monitor === undefined ? undefined : await readBroker(monitor, timeoutMs)] as const;
    }),
  );
  return judgeMajority(target.topology, new Map(readings));
}

/**
 * Pure.
 * @param readings of every broker by its name; undefined of one that does not answer
 */
export function judgeMajority(
  { brokers, streams }: Pick<Topology, 'brokers' | 'streams'>,
  readings: ReadonlyMap<string, BrokerReading | undefined>,
): Majority {
  const names = [...readings.keys()];
  const up = names.filter((name) => readings.get(name) !== undefined);
  const answers = [...readings.values()].filter((reading) => reading !== undefined);
  const leaderless = streams.filter((stream) => !isLed(stream, answers)).map(({ name }) => name);
  const needed = majorityOf(brokers.replicas);
  return {
    hasMajority: up.length >= needed && (streams.length === 0 || leaderless.length < streams.length),
    needed,
    up,
    down: names.filter((name) => !up.includes(name)),
    leaderless,
  };
}

/**
 * A broker that is cut off from all others goes on for a while to call itself leader, or to name one that is gone: what
 * counts is that a majority names the same one, and that one itself.
 */
function isLed({ name, replicas }: StreamSpec, readings: readonly BrokerReading[]): boolean {
  const claims = readings.flatMap(({ broker, streams }) =>
    streams.filter(({ stream }) => stream === name).map(({ leader }) => ({ broker, leader })),
  );
  return claims.some(
    ({ broker, leader }) =>
      leader === broker && claims.filter((claim) => claim.leader === broker).length >= majorityOf(replicas),
  );
}
