import type { StreamInfo } from '@nats-io/jetstream';
import type { Target } from '../../../targets/target.ts';
import { askBrokers } from '../../core/brokers.ts';
import type { Sweep } from '../../core/sweep.ts';
import { maxBytesOf, restoreLimits } from './stream-limits.ts';

/** Every stream: led, its replicas current (brokers heal that themselves), and as large as the topology says. */
export const streamsSweep: Sweep = {
  name: 'streams',

  async look(target) {
    const names = target.topology.streams.map(({ name }) => name);
    return askBrokers(target, async (manager) => {
      const infos = await Promise.all(names.map((name) => manager.streams.info(name)));
      return {
        looked: names.map((name) => `stream ${name}`),
        wrong: infos.flatMap((info) => streamResidue(target, info)),
      };
    });
  },

  heal: (target) =>
    restoreLimits(
      target,
      target.topology.streams.map(({ name }) => name),
    ),
};

function streamResidue(target: Target, { config, cluster }: StreamInfo): readonly string[] {
  const { name } = config;
  const maxBytes = maxBytesOf(target, name);
  const limit =
    config.max_bytes === maxBytes
      ? []
      : [`stream ${name} may hold ${config.max_bytes} bytes, not ${maxBytes}`];
  if (cluster === undefined) return limit;
  return [
    ...limit,
    ...(cluster.leader ? [] : [`stream ${name} has no leader`]),
    ...(cluster.replicas ?? [])
      .filter(({ current }) => !current)
      .map((replica) => `stream ${name} is behind on ${replica.name}`),
  ];
}
