import { renderJaegerConfig } from '../../observability/jaeger/config.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { clusterPort } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { backendManifests, configDir } from './backend.ts';
import type { Manifest } from './manifest.ts';
import { goMemoryLimit, httpProbe } from './pod.ts';

/** Jaeger, where an edge mentions it; its traces live in memory and end with its pod. */
export function jaegerManifests(stack: Stack): readonly Manifest[] {
  const { topology, images } = stack;
  if (!backendsOf(topology).includes('jaeger')) return [];
  const listen = (port: string) => `0.0.0.0:${clusterPort(topology, 'jaeger', port)}`;
  const text = renderJaegerConfig({
    listen: {
      otlpGrpc: listen('otlp-grpc'),
      http: listen('http'),
      grpc: listen('grpc'),
      health: listen('health'),
      metrics: listen('metrics'),
    },
  });
  return backendManifests(stack, {
    owner: { app: 'jaeger', component: 'telemetry' },
    image: images.jaeger,
    args: ['--config', `file:${configDir}/jaeger.yaml`],
    env: [goMemoryLimit(resourcesOf(stack, 'jaeger'))],
    files: { 'jaeger.yaml': text },
    probe: httpProbe('health', '/status', {}),
  });
}
