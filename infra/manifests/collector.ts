import { renderCollectorConfig } from '../../observability/collector/config.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { clusterEdgeAddresses, clusterPort } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { backendManifests, configDir } from './backend.ts';
import type { Manifest } from './manifest.ts';
import { goMemoryLimit, httpProbe } from './pod.ts';

/** The OpenTelemetry Collector, where an edge mentions it: it feeds the stack's own backends or the user's. */
export function collectorManifests(stack: Stack): readonly Manifest[] {
  const { topology, config, images } = stack;
  if (!backendsOf(topology).includes('collector')) return [];
  const listen = (port: string) => `0.0.0.0:${clusterPort(topology, 'collector', port)}`;
  const backend = (to: string) => {
    const edge = topology.edges.find((candidate) => candidate.from === 'collector' && candidate.to === to);
    return edge === undefined ? undefined : clusterEdgeAddresses(edge, stack)[0];
  };
  const resources = resourcesOf(stack, 'collector');
  const text = renderCollectorConfig(
    topology,
    {
      listen: {
        otlpHttp: listen('otlp-http'),
        otlpGrpc: listen('otlp-grpc'),
        health: listen('health'),
        metrics: listen('metrics'),
      },
      jaegerOtlpGrpc: config.telemetry.jaeger ?? backend('jaeger'),
      prometheus: config.telemetry.prometheus ?? backend('prometheus'),
    },
    { memoryMib: Math.floor(resources.memoryMib * 0.75), queueBatches: 512 },
  );
  return backendManifests(stack, {
    owner: { app: 'collector', component: 'telemetry' },
    image: images.collector,
    args: ['--config', `file:${configDir}/collector.yaml`],
    env: [goMemoryLimit(resources)],
    files: { 'collector.yaml': text },
    probe: httpProbe('health', '/', {}),
  });
}
