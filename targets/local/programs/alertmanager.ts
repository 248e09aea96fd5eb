import {
  type AlertmanagerOptions,
  alertmanagerFlags,
  renderAlertmanagerConfig,
} from '../../../observability/alertmanager/config.ts';
import { edgeAddresses, instancesOfService, localHost, portOf } from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** Alertmanager, where an edge mentions it: it shows alerts, grouped and inhibited, and tells the alert-recorder only. */
export function planAlertmanager(context: PlanContext): readonly InstancePlan[] {
  const { topology, ports, layout } = context;
  return instancesOfService(topology, 'alertmanager', 'local').map(({ name }) => {
    const config = layout.config('alertmanager.yml');
    const address = `${localHost}:${portOf(ports, name, 'http')}`;
    return planBackend(context, {
      name,
      service: 'alertmanager',
      argv: [
        toolOf(context, 'alertmanager'),
        `--config.file=${config}`,
        `--storage.path=${layout.data(name)}`,
        `--web.listen-address=${address}`,
        ...alertmanagerFlags,
      ],
      cwd: layout.data(name),
      probeUrl: `http://${address}/-/ready`,
      files: [{ path: config, text: renderAlertmanagerConfig({ recorder: recorderOf(context) }) }],
      directories: [layout.data(name)],
    });
  });
}

/** Who records alerts; undefined where the topology has nobody who does. */
function recorderOf(context: PlanContext): AlertmanagerOptions['recorder'] {
  const edge = context.topology.edges.find(
    ({ from, to }) => from === 'alertmanager' && to === 'alert-recorder',
  );
  const [url] = edge === undefined ? [] : edgeAddresses(edge, context);
  return url === undefined ? undefined : { url, timeoutMs: edge?.deadlineMs };
}
