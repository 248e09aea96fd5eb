import {
  configFile,
  type PrometheusOptions,
  prometheusFiles,
  prometheusFlags,
} from '../../observability/prometheus/config.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { clusterEdgeAddresses, clusterPort, scrapeTargets } from '../../topology/kubernetes/index.ts';
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
      `--config.file=${configDir}/${configFile}`,
      `--storage.tsdb.path=${dataDir}`,
      `--web.listen-address=0.0.0.0:${port}`,
      '--log.level=warn',
      ...prometheusFlags,
    ],
    env: [goMemoryLimit(resourcesOf(stack, 'prometheus'))],
    files: prometheusFiles({
      topology,
      scrape,
      alertmanager: alertmanagerOf(stack),
      alertScale: config.alertScale,
    }),
    probe: httpProbe('http', '/-/ready', {}),
    data: {
      mountPath: dataDir,
      storageGib: config.resources.prometheus?.storageGib ?? defaultStorageGib,
    },
  });
}

/** Where Prometheus sends alerts: the user's own, else the stack's. */
function alertmanagerOf({ config, ...stack }: Stack): PrometheusOptions['alertmanager'] {
  if (config.telemetry.alertmanager !== undefined) return { url: config.telemetry.alertmanager };
  const edge = stack.topology.edges.find(({ from, to }) => from === 'prometheus' && to === 'alertmanager');
  const [url] = edge === undefined ? [] : clusterEdgeAddresses(edge, stack);
  return url === undefined ? undefined : { url, timeoutMs: edge?.deadlineMs };
}
