import { renderCollectorConfig } from '../../../observability/collector/config.ts';
import { edgeAddresses, instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

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
    return planBackend(context, {
      name,
      service: 'collector',
      argv: [toolOf(context, 'otelcol'), '--config', `file:${config}`],
      probeUrl: `http://${listen('health')}/`,
      files: [{ path: config, text }],
    });
  });
}
