import type { Meter, ObservableGauge } from '@opentelemetry/api';
import { type MetricSpec, metrics } from '../../observability/names/metrics.ts';
import type { Snapshot } from './poller.ts';
import { consumersByLeader, streamsByLeader } from './readings.ts';

const specs = {
  up: metrics.brokerUp,
  peers: metrics.brokerPeers,
  connections: metrics.brokerConnections,
  memory: metrics.brokerMemory,
  size: metrics.streamSize,
  messages: metrics.streamMessages,
  firstSequence: metrics.streamFirstSequence,
  lastSequence: metrics.streamLastSequence,
  currentReplicas: metrics.streamReplicasCurrent,
  leader: metrics.streamLeader,
  pending: metrics.consumerPending,
  ackPending: metrics.consumerAckPending,
  redelivered: metrics.consumerRedelivered,
} satisfies Record<string, MetricSpec>;

/**
 * Reports the newest snapshot with every export. What it does not contain is not reported, so that the series of a
 * stream without a leader ends instead of repeating its last value.
 *
 * @param snapshot the newest one; undefined before the first
 */
export function observeBrokers(meter: Meter, snapshot: () => Snapshot | undefined): void {
  const gauges = Object.fromEntries(
    Object.entries(specs).map(([key, { name, unit, description }]) => [
      key,
      meter.createObservableGauge(name, { unit, description }),
    ]),
  ) as Record<keyof typeof specs, ObservableGauge>;

  meter.addBatchObservableCallback((result) => {
    const now = snapshot();
    if (now === undefined) return;
    for (const [broker, isUp] of now.brokers) result.observe(gauges.up, isUp ? 1 : 0, { broker });
    for (const { broker, peers, connections, memoryBytes } of now.readings) {
      result.observe(gauges.peers, peers, { broker });
      result.observe(gauges.connections, connections, { broker });
      result.observe(gauges.memory, memoryBytes, { broker });
    }
    for (const reading of streamsByLeader(now.readings)) {
      const { stream } = reading;
      result.observe(gauges.size, reading.bytes, { stream });
      result.observe(gauges.messages, reading.messages, { stream });
      result.observe(gauges.firstSequence, reading.firstSequence, { stream });
      result.observe(gauges.lastSequence, reading.lastSequence, { stream });
      result.observe(gauges.currentReplicas, reading.currentReplicas, { stream });
      for (const broker of now.brokers.keys()) {
        result.observe(gauges.leader, broker === reading.leader ? 1 : 0, { stream, broker });
      }
    }
    for (const reading of consumersByLeader(now.readings)) {
      const { stream, consumer } = reading;
      result.observe(gauges.pending, reading.pending, { stream, consumer });
      result.observe(gauges.ackPending, reading.ackPending, { stream, consumer });
      result.observe(gauges.redelivered, reading.redelivered, { stream, consumer });
    }
  }, Object.values(gauges));
}
