import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { withBrokers } from '../../core/brokers.ts';
import type { Sweep } from '../../core/sweep.ts';

/** Every stream: led, and its replicas current. Brokers heal that themselves. */
export const streamsSweep: Sweep = {
  name: 'streams',

  async look(target) {
    const names = target.topology.streams.map(({ name }) => name);
    return withBrokers(target, { reconnectsMax: 3 }, async (connection) => {
      const manager = await jetstreamManager(connection, { timeout: 5_000 });
      const infos = await Promise.all(names.map((name) => manager.streams.info(name)));
      return { looked: names.map((name) => `stream ${name}`), wrong: infos.flatMap(streamResidue) };
    });
  },

  heal: async () => {},
};

function streamResidue({ config: { name }, cluster }: StreamInfo): readonly string[] {
  if (cluster === undefined) return [];
  return [
    ...(cluster.leader ? [] : [`stream ${name} has no leader`]),
    ...(cluster.replicas ?? [])
      .filter(({ current }) => !current)
      .map((replica) => `stream ${name} is behind on ${replica.name}`),
  ];
}
