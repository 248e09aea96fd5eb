import { renderJaegerConfig, tracesKept } from '../../../observability/jaeger/config.ts';
import { instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** Jaeger, where an edge mentions it; its traces live in memory and end with it. */
export function planJaeger(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, layout, plan } = context;
  return instancesOfService(topology, 'jaeger', 'local').map(({ name }) => {
    const config = layout.config('jaeger.yaml');
    const listen = (port: string) => `${localHost}:${portOf(ports, name, port)}`;
    const text = renderJaegerConfig({
      listen: {
        otlpGrpc: listen('otlp-grpc'),
        http: listen('http'),
        grpc: listen('grpc'),
        health: listen('health'),
        metrics: listen('metrics'),
      },
      tracesMax: plan.tracesMax ?? tracesKept,
    });
    return planBackend(context, {
      name,
      service: 'jaeger',
      argv: [toolOf(context, 'jaeger'), '--config', `file:${config}`],
      probeUrl: `http://${listen('health')}/status`,
      files: [{ path: config, text }],
    });
  });
}
