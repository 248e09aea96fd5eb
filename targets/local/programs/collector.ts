import { renderCollectorConfig } from '../../../observability/collector/config.ts';
import { edgeAddresses, instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import {
  backendGraceMs,
  type InstancePlan,
  type PlanContext,
  portsOfInstance,
  toolOf,
} from '../instance-plan.ts';

/** The OpenTelemetry Collector, where an edge mentions it. */
export function planCollector(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, layout } = context;
  return instancesOfService(topology, 'collector', 'local').map(({ name }) => {
    const config = layout.config('collector.yaml');
    const listen = (port: string) => `${localHost}:${portOf(ports, name, port)}`;
    const backend = (to: string) => {
      const edge = topology.edges.find((candidate) => candidate.from === 'collector' && candidate.to === to);
      return edge === undefined ? undefined : edgeAddresses(edge, context)[0];
    };
    const text = renderCollectorConfig(topology, {
      listen: {
        otlpHttp: listen('otlp-http'),
        otlpGrpc: listen('otlp-grpc'),
        health: listen('health'),
        metrics: listen('metrics'),
      },
      jaegerOtlpGrpc: backend('jaeger'),
      prometheus: backend('prometheus'),
    });
    return {
      name,
      service: 'collector',
      argv: [toolOf(context, 'otelcol'), '--config', `file:${config}`],
      env: {},
      cwd: layout.runDir,
      probeUrl: `http://${listen('health')}/`,
      ports: portsOfInstance(ports, name),
      logFile: layout.log(name),
      files: [{ path: config, text }],
      directories: [],
      needsStreams: false,
      stopGraceMs: backendGraceMs,
    };
  });
}
