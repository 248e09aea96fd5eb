import {
  instancesOfService,
  localHost,
  portOf,
  renderNatsServerConfig,
} from '../../../topology/derive/index.ts';
import {
  backendGraceMs,
  type InstancePlan,
  type PlanContext,
  portsOfInstance,
  toolOf,
} from '../instance-plan.ts';

/** The brokers: ready when they know the cluster's leader and their streams and consumers are current. */
export function planNats(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, layout } = context;
  return instancesOfService(topology, 'nats', 'local').map(({ name }) => {
    const config = layout.config(`${name}.conf`);
    const storeDir = layout.data(name);
    return {
      name,
      service: 'nats',
      argv: [toolOf(context, 'nats-server'), '-c', config],
      env: {},
      cwd: storeDir,
      probeUrl: `http://${localHost}:${portOf(ports, name, 'monitor')}/healthz`,
      ports: portsOfInstance(ports, name),
      logFile: layout.log(name),
      files: [{ path: config, text: renderNatsServerConfig(topology, { instance: name, ports, storeDir }) }],
      directories: [storeDir],
      needsStreams: false,
      stopGraceMs: backendGraceMs,
    };
  });
}
