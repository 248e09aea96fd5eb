import { backendsOf } from '../../topology/derive/index.ts';
import { clusterHost, clusterPort, clusterPortsOf, pageService } from '../../topology/kubernetes/index.ts';
import type { BackendName } from '../../topology/model.ts';
import { page } from '../images/page.ts';
import { hasPage, resourcesOf, type Stack } from '../stack.ts';
import type { Manifest } from './manifest.ts';
import { containerPorts, type Owner, service, serviceAccount } from './objects.ts';
import { containerOf, httpProbe, podOf } from './pod.ts';
import { workload } from './workload.ts';

/** It holds nothing and ends at once. */
const graceSeconds = 10;

/** Whom the page asks, by the variable that tells it: what the stack deploys, else what it names of its own. */
function pageSources(stack: Stack): Readonly<Record<string, string | undefined>> {
  const { prometheus, alertmanager } = stack.config.telemetry;
  return {
    STORMPROOF_PROMETHEUS_URL: prometheus ?? urlOf(stack, 'prometheus'),
    STORMPROOF_ALERTMANAGER_URL: alertmanager ?? urlOf(stack, 'alertmanager'),
    // Of a Jaeger elsewhere the stack knows only where traces are sent, not where they are asked for.
    STORMPROOF_JAEGER_URL: urlOf(stack, 'jaeger'),
  };
}

/** The page that shows how the promises stand, where the stack wants it and there is a Prometheus to ask. */
export function pageManifests(stack: Stack): readonly Manifest[] {
  if (!hasPage(stack)) return [];
  const owner: Owner = { app: pageService, component: 'telemetry' };
  const ports = clusterPortsOf(stack.topology, pageService);
  const probe = httpProbe('http', '/livez', {});
  const { sloPageHosts } = stack.config;
  const variables = {
    ...pageSources(stack),
    ...(sloPageHosts.length === 0 ? {} : { STORMPROOF_PAGE_HOSTS: sloPageHosts.join(',') }),
    STORMPROOF_PAGE_LISTEN: `0.0.0.0:${clusterPort(stack.topology, pageService, 'http')}`,
  };
  const pod = podOf(stack, {
    name: pageService,
    graceSeconds,
    containers: [
      containerOf(stack, {
        name: pageService,
        image: stack.images.services,
        command: ['node', page.main],
        env: Object.entries(variables).flatMap(([name, value]) =>
          value === undefined ? [] : [{ name, value }],
        ),
        ports: containerPorts(ports),
        resources: resourcesOf(stack, pageService),
        startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
        livenessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
        readinessProbe: { ...probe, periodSeconds: 5, timeoutSeconds: 2 },
      }),
    ],
  });
  const rollout = {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  };
  return [
    serviceAccount(stack, owner),
    service(stack, owner, { ports }),
    workload(stack, owner, { replicas: 1, pod, keptGib: undefined, rollout }),
  ];
}

/** Base URL of a backend that the stack deploys. */
function urlOf({ topology }: Stack, backend: BackendName): string | undefined {
  if (!backendsOf(topology).includes(backend)) return undefined;
  return `http://${clusterHost(backend, 0)}:${clusterPort(topology, backend, 'http')}`;
}
