import {
  configFile,
  type PrometheusOptions,
  prometheusFiles,
  prometheusFlags,
} from '../../../observability/prometheus/config.ts';
import {
  edgeAddresses,
  instancesOfService,
  localHost,
  portOf,
  scrapedPorts,
} from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** Prometheus, where an edge mentions it. */
export function planPrometheus(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, layout } = context;
  const scrape = scrapedPorts(topology).map(({ backend, port }) => ({
    job: backend,
    addresses: instancesOfService(topology, backend, 'local').map(
      (instance) => `${localHost}:${portOf(ports, instance.name, port)}`,
    ),
  }));
  const files = prometheusFiles({
    ...{ topology, scrape },
    alertmanager: alertmanagerOf(context),
    alertScale: context.plan.alertScale,
  });
  return instancesOfService(topology, 'prometheus', 'local').map(({ name }) => {
    const address = `${localHost}:${portOf(ports, name, 'http')}`;
    return planBackend(context, {
      name,
      service: 'prometheus',
      argv: [
        toolOf(context, 'prometheus'),
        `--config.file=${layout.config(configFile)}`,
        `--storage.tsdb.path=${layout.data(name)}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
        ...prometheusFlags,
      ],
      cwd: layout.data(name),
      probeUrl: `http://${address}/-/ready`,
      files: Object.entries(files).map(([file, text]) => ({ path: layout.config(file), text })),
      directories: [layout.data(name)],
    });
  });
}

/** Where Prometheus sends alerts; undefined where the topology has nothing that takes them. */
function alertmanagerOf(context: PlanContext): PrometheusOptions['alertmanager'] {
  const edge = context.topology.edges.find(({ from, to }) => from === 'prometheus' && to === 'alertmanager');
  const [url] = edge === undefined ? [] : edgeAddresses(edge, context);
  return url === undefined ? undefined : { url, timeoutMs: edge?.deadlineMs };
}
