import { localHost, portOf, toxiproxyInstance } from '../../../topology/derive/index.ts';
import { type InstancePlan, type PlanContext, planBackend, toolOf } from '../instance-plan.ts';

/** One Toxiproxy for all proxied edges; nothing when there are none. A restart brings its proxies back, clean. */
export function planToxiproxy(context: PlanContext): readonly InstancePlan[] {
  const { ports, proxies, layout } = context;
  if (proxies.length === 0) return [];
  const name = toxiproxyInstance;
  const config = layout.config('toxiproxy.json');
  const api = portOf(ports, name, 'api');
  const entries = proxies.map((proxy) => ({
    name: proxy.name,
    listen: `${localHost}:${portOf(ports, name, proxy.name)}`,
    upstream: `${localHost}:${portOf(ports, proxy.callee.name, proxy.calleePort)}`,
    enabled: true,
  }));
  return [
    planBackend(context, {
      name,
      service: 'toxiproxy',
      argv: [
        toolOf(context, 'toxiproxy-server'),
        '-host',
        localHost,
        '-port',
        String(api),
        '-config',
        config,
      ],
      env: { LOG_LEVEL: 'warn' },
      probeUrl: `http://${localHost}:${api}/version`,
      files: [{ path: config, text: `${JSON.stringify(entries, undefined, 2)}\n` }],
    }),
  ];
}
