import { instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import { diskOf, diskService } from '../disks.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** A disk that can fail for each broker, where the plan has them: faultfs, which shows the broker's data elsewhere. */
export function planDisks(context: PlanContext): readonly InstancePlan[] {
  const { topology, plan, ports, layout } = context;
  if (!plan.disks) return [];
  return instancesOfService(topology, 'nats', 'local').map((broker) => {
    const name = diskOf(broker.name);
    const store = layout.data(broker.name);
    const mount = layout.disk(broker.name);
    const listen = `${localHost}:${portOf(ports, name, 'control')}`;
    return planBackend(context, {
      name,
      service: diskService,
      argv: [
        toolOf(context, 'faultfs'),
        ...['-store', store, '-mount', mount, '-spool', layout.diskSpool(broker.name), '-listen', listen],
      ],
      probeUrl: `http://${listen}/healthz`,
      files: [],
      directories: [store, mount],
    });
  });
}
