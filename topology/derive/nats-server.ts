import type { Topology } from '../model.ts';
import { localHost } from './environment.ts';
import { instancesOfService } from './instances.ts';
import { type Ports, portOf } from './ports.ts';

const gibibyte = 1024 ** 3;

/**
 * The configuration file of one broker on loopback.
 *
 * A broker reserves the `max_bytes` of every stream it hosts, and with as many replicas as brokers it hosts them all;
 * a margin is left for streams that are being moved or made anew. Nothing is reserved on the disk itself.
 *
 * @param options.storeDir where JetStream keeps its files: absolute
 */
export function renderNatsServerConfig(
  topology: Topology,
  options: { readonly instance: string; readonly ports: Ports; readonly storeDir: string },
): string {
  const { brokers, streams } = topology;
  const { instance, ports, storeDir } = options;
  const listen = (name: string) => `"${localHost}:${portOf(ports, instance, name)}"`;
  const fileBytes = sumOfLimits(streams.filter((stream) => stream.storage === 'file'));
  const memoryBytes = sumOfLimits(streams.filter((stream) => stream.storage === 'memory'));
  const lines = [
    `server_name: "${instance}"`,
    `listen: ${listen('client')}`,
    `http: ${listen('monitor')}`,
    `max_payload: ${brokers.maxPayloadBytes}`,
    // The shortest that nats-server takes.
    'lame_duck_duration: "30s"',
    'lame_duck_grace_period: "2s"',
    '',
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeDir)}`,
    `  sync_interval: "${brokers.syncInterval}"`,
    `  max_file_store: ${fileBytes + gibibyte}`,
    `  max_memory_store: ${memoryBytes + gibibyte / 4}`,
    '}',
  ];
  if (brokers.replicas > 1) {
    lines.push('', 'cluster {', '  name: "stormproof"', `  listen: ${listen('cluster')}`, '  routes: [');
    for (const broker of instancesOfService(topology, 'nats', 'local')) {
      if (broker.name === instance) continue;
      lines.push(`    "nats-route://${localHost}:${portOf(ports, broker.name, 'cluster')}"`);
    }
    lines.push('  ]', '}');
  }
  return `${lines.join('\n')}\n`;
}

function sumOfLimits(streams: readonly { readonly maxBytes: number }[]): number {
  return streams.reduce((sum, stream) => sum + Math.max(stream.maxBytes, 0), 0);
}
