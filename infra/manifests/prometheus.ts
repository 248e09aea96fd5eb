import { prometheusFlags, renderPrometheusConfig } from '../../observability/prometheus/config.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { clusterPort, scrapeTargets } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { backendManifests, configDir } from './backend.ts';
import type { Manifest } from './manifest.ts';
import { goMemoryLimit, httpProbe } from './pod.ts';

const dataDir = '/prometheus';
const defaultStorageGib = 10;

/** Prometheus, where an edge mentions it. It scrapes the backends by name; services send their metrics. */
export function prometheusManifests(stack: Stack): readonly Manifest[] {
  const { topology, images, config } = stack;
  if (!backendsOf(topology).includes('prometheus')) return [];
  const port = clusterPort(topology, 'prometheus', 'http');
  const scrape = scrapeTargets(topology).map(({ job, port }) => ({ job, addresses: [`${job}:${port}`] }));
  return backendManifests(stack, {
    owner: { app: 'prometheus', component: 'telemetry' },
    image: images.prometheus,
    args: [
      `--config.file=${configDir}/prometheus.yml`,
      `--storage.tsdb.path=${dataDir}`,
      `--web.listen-address=0.0.0.0:${port}`,
      '--log.level=warn',
      ...prometheusFlags,
    ],
    env: [goMemoryLimit(resourcesOf(stack, 'prometheus'))],
    files: { 'prometheus.yml': renderPrometheusConfig({ scrape }) },
    probe: httpProbe('http', '/-/ready', {}),
    data: {
      mountPath: dataDir,
      storageGib: config.resources.prometheus?.storageGib ?? defaultStorageGib,
    },
  });
}
