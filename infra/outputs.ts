import { dashboards } from '../observability/dashboards/index.ts';
import { backendsOf, serviceNamed } from '../topology/derive/index.ts';
import { clusterPort, clusterPortsOf, grafanaService, pageService } from '../topology/kubernetes/index.ts';
import { grafanaPasswordFile } from './manifests/grafana.ts';
import { hasGrafana, hasPage, type Stack } from './stack.ts';

/** Where a person finds one thing of a stack. */
export type Access = {
  /** From inside the cluster. */
  readonly url: string;
  /** A command that brings it to this machine, where `local` then answers. */
  readonly portForward: string;
  readonly local: string;
  /** A command that tells the password of the user `admin`, where one was made up. */
  readonly password?: string;
};

/** What `pulumi up` tells when it is done: plain values, none of them secret. */
export type Outputs = {
  readonly namespace: string;
  readonly isForTests: boolean;
  /** By service that clients call. */
  readonly orders: Readonly<Record<string, Access>>;
  /** Tells the address by which the cluster's outside reaches those services, where the stack exposes them. */
  readonly exposed?: string;
  readonly brokers: Access;
  /** By backend that the stack deploys, Grafana among them. */
  readonly telemetry: Readonly<Record<string, Access>>;
  /** The page that shows how the promises stand; absent where the stack does without. */
  readonly promises?: Access;
  /** Where each dashboard is while Grafana is forwarded, by its name; none without Grafana. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** A look at everything. */
  readonly status: string;
  /** Compares streams and consumers with the topology now, and repairs them. */
  readonly reconcile: string;
};

export function outputsOf(stack: Stack): Outputs {
  const { topology, config } = stack;
  const { namespace } = config;
  const access = (name: string, port: number, scheme = 'http'): Access => ({
    url: `${scheme}://${name}.${namespace}.svc:${port}`,
    portForward: `kubectl -n ${namespace} port-forward svc/${name} ${port}:${port}`,
    local: `${scheme}://127.0.0.1:${port}`,
  });
  const called = topology.edges.filter(({ from, to }) => from === 'client' && serviceNamed(topology, to));
  const deployed = backendsOf(topology).filter((name) => clusterPortsOf(topology, name).http !== undefined);
  const password = `kubectl -n ${namespace} exec deploy/${grafanaService} -c ${grafanaService} -- cat ${grafanaPasswordFile}`;
  const grafana = {
    ...access(grafanaService, clusterPort(topology, grafanaService, 'http')),
    ...(config.grafanaAdmin === undefined ? { password } : {}),
  };
  const hasDashboards = hasGrafana(stack);
  return {
    namespace,
    isForTests: config.environment === 'test',
    orders: Object.fromEntries(called.map(({ to }) => [to, access(to, clusterPort(topology, to, 'http'))])),
    ...(config.expose === 'ClusterIP'
      ? {}
      : { exposed: `kubectl -n ${namespace} get service ${called.map(({ to }) => to).join(' ')}` }),
    brokers: access('nats', clusterPort(topology, 'nats', 'client'), config.tls ? 'tls' : 'nats'),
    telemetry: {
      ...Object.fromEntries(
        deployed.map((name) => [name, access(name, clusterPort(topology, name, 'http'))]),
      ),
      ...(hasDashboards ? { grafana } : {}),
    },
    ...(hasPage(stack) ? { promises: access(pageService, clusterPort(topology, pageService, 'http')) } : {}),
    dashboards: hasDashboards
      ? Object.fromEntries(dashboards.map(({ uid, title }) => [title, `${grafana.local}/d/${uid}`]))
      : {},
    status: `kubectl -n ${namespace} get pods,pvc,hpa,pdb`,
    reconcile: `kubectl -n ${namespace} create job --from=cronjob/provision provision-$(date +%s)`,
  };
}
