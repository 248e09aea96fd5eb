import { prometheusFlags, renderPrometheusConfig } from '../../../observability/prometheus/config.ts';
import { backendsOf, instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** The port on which each backend shows its own metrics. */
const metricsPorts = { prometheus: 'http', collector: 'metrics', jaeger: 'metrics' } as const;

/** Prometheus, where an edge mentions it. */
export function planPrometheus(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, layout } = context;
  const scrape = Object.entries(metricsPorts)
    .filter(([backend]) => backendsOf(topology).some((name) => name === backend))
    .map(([job, port]) => ({
      job,
      addresses: instancesOfService(topology, job, 'local').map(
        (instance) => `${localHost}:${portOf(ports, instance.name, port)}`,
      ),
    }));
  return instancesOfService(topology, 'prometheus', 'local').map(({ name }) => {
    const config = layout.config('prometheus.yml');
    const address = `${localHost}:${portOf(ports, name, 'http')}`;
    return planBackend(context, {
      name,
      service: 'prometheus',
      argv: [
        toolOf(context, 'prometheus'),
        `--config.file=${config}`,
        `--storage.tsdb.path=${layout.data(name)}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
        ...prometheusFlags,
      ],
      cwd: layout.data(name),
      probeUrl: `http://${address}/-/ready`,
      files: [{ path: config, text: renderPrometheusConfig({ scrape }) }],
      directories: [layout.data(name)],
    });
  });
}
