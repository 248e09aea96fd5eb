import { resolve } from 'node:path';
import { clientsFileVariable } from '../../../topology/derive/client-keys.ts';
import { environmentOf, instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import type { ServiceSpec } from '../../../topology/model.ts';
import { type InstancePlan, type PlanContext, portsOfInstance, serviceGraceMs } from '../instance-plan.ts';

/**
 * The Node services. Each starts with nothing in its environment but what the topology and the settings say.
 *
 * @throws Error for a service without an `admin` listener: nobody could tell whether it is ready
 */
export function planServices(context: PlanContext): readonly InstancePlan[] {
  return context.topology.services.flatMap((service) => planService(context, service));
}

/**
 * V8 collects garbage with helper threads, and a service waits for all of them at the end of a collection. Where every core is
 * wanted by another process, a helper may not run for 50 ms (docs/decisions/0021-garbage-on-few-cores.md).
 */
function collectorFlags({ topology, cores }: PlanContext): readonly string[] {
  const processes = topology.services.filter(({ interpreter }) => interpreter === undefined).length;
  return cores < processes ? ['--single-threaded-gc'] : [];
}

function planService(context: PlanContext, service: ServiceSpec): readonly InstancePlan[] {
  const { topology, ports, layout, plan, root } = context;
  if (!service.listeners.includes('admin')) {
    throw new Error(
      `the service ${service.name} has no admin listener, so nobody can tell whether it is ready`,
    );
  }
  const main = resolve(root, plan.overrides[service.name] ?? service.main);
  const isCalledByClients = topology.edges.some(({ from, to }) => from === 'client' && to === service.name);
  const settings = {
    ...(plan.apiKeys && isCalledByClients ? { [clientsFileVariable]: layout.keys.clientsFile } : {}),
    ...plan.settings[service.name],
  };
  return instancesOfService(topology, service.name, 'local').map((instance) => {
    const dataDir = layout.data(instance.name);
    return {
      name: instance.name,
      service: service.name,
      argv: [...(service.interpreter ?? [plan.node, ...collectorFlags(context)]), main],
      env: environmentOf(instance, context, {
        dataDir,
        brokerKeyFile: layout.keys.seed(service.name),
        brokerTls: plan.tls ? layout.keys.tls(service.name) : undefined,
        settings,
      }),
      cwd: root,
      probeUrl: `http://${localHost}:${portOf(ports, instance.name, 'admin')}/readyz`,
      ports: portsOfInstance(ports, instance.name),
      logFile: layout.log(instance.name),
      files: [],
      directories: service.isStateful ? [dataDir] : [],
      needsStreams: topology.edges.some((edge) => edge.from === service.name && edge.to === 'nats'),
      stopGraceMs: serviceGraceMs,
    };
  });
}
