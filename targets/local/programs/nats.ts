import { createHash } from 'node:crypto';
import {
  brokerKeysFile,
  brokersCertificate,
  instancesOfService,
  localHost,
  portOf,
  renderBrokerKeys,
  renderNatsServerConfig,
} from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** The brokers: ready when they know the cluster's leader and their streams and consumers are current. */
export function planNats(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, proxies, layout, plan, brokerSecrets } = context;
  const instances = instancesOfService(topology, 'nats', 'local');
  const cores = Math.max(1, Math.floor(context.cores / instances.length));
  return instances.map(({ name }) => {
    const config = layout.config(`${name}.conf`);
    const storeDir = plan.disks ? layout.disk(name) : layout.data(name);
    return planBackend(context, {
      name,
      service: 'nats',
      argv: [toolOf(context, 'nats-server'), '-c', config],
      // Each would take the machine for its own, and look for work on every core: on two, a seventh of what brokers cost.
      env: { GOMAXPROCS: String(cores) },
      cwd: storeDir,
      probeUrl: `http://${localHost}:${portOf(ports, name, 'monitor')}/healthz`,
      files: [
        {
          path: config,
          text: renderNatsServerConfig(topology, {
            instance: name,
            ports,
            proxies,
            clusterName: clusterNameOf(layout.runDir),
            storeDir,
            routePassword: brokerSecrets.routePassword,
            tls: plan.tls ? layout.keys.tls(brokersCertificate) : undefined,
          }),
        },
        ...Object.entries(brokerSecrets.keys).map(([user, keys]) => ({
          path: layout.config(brokerKeysFile(user)),
          text: renderBrokerKeys(user, keys),
        })),
      ],
      directories: [storeDir],
    });
  });
}

/** A name that no other platform of this machine has: no other lives in the same directory. */
function clusterNameOf(runDir: string): string {
  return `stormproof-${createHash('sha256').update(runDir).digest('hex').slice(0, 8)}`;
}
