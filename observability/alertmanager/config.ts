import { stringify } from 'yaml';
import { alertLabels, inhibitions } from '../slo/labels.ts';

export type AlertmanagerOptions = {
  /**
   * A file whose content is the URL that alerts are posted to, as Alertmanager's webhook says them; read at each
   * notification, so that the URL, which may hold a secret, is in no configuration. Absent: alerts are shown and sent
   * to nobody.
   */
  readonly webhookUrlFile?: string | undefined;
};

/** What Alertmanager is started with besides its addresses and paths: one instance alone, which gossips with nobody. */
export const alertmanagerFlags: readonly string[] = ['--cluster.listen-address=', '--log.level=warn'];

/**
 * Alertmanager's configuration as YAML. Alerts of one name are one notification, since a cause shows itself on many
 * instances; what pages is sent and repeated sooner than what waits for the morning, and the consequences of a cause
 * that is alerted are not sent at all.
 */
export function renderAlertmanagerConfig({ webhookUrlFile }: AlertmanagerOptions = {}): string {
  const receiver =
    webhookUrlFile === undefined
      ? { name: 'nobody' }
      : {
          name: 'webhook',
          webhook_configs: [{ url_file: webhookUrlFile, send_resolved: true, timeout: '10s' }],
        };
  return stringify({
    route: {
      receiver: receiver.name,
      group_by: ['alertname', alertLabels.slo],
      group_wait: '10s',
      group_interval: '1m',
      repeat_interval: '4h',
      routes: [
        {
          matchers: [`${alertLabels.severity}="ticket"`],
          group_wait: '5m',
          group_interval: '30m',
          repeat_interval: '24h',
        },
      ],
    },
    inhibit_rules: inhibitions.map(({ sourceMatchers, targetMatchers, equal }) => ({
      source_matchers: sourceMatchers,
      target_matchers: targetMatchers,
      ...(equal.length === 0 ? {} : { equal }),
    })),
    receivers: [receiver],
  });
}
