import { stringify } from 'yaml';
import { alertLabels, inhibitions } from '../slo/labels.ts';

export type AlertmanagerOptions = {
  /**
   * A file whose content is the URL that alerts are posted to, as Alertmanager's webhook says them; read at each
   * notification, so that the URL, which may hold a secret, is in no configuration. Absent: alerts are shown and sent
   * to nobody.
   */
  readonly webhookUrlFile?: string | undefined;
  /** Base URL of an alert-recorder, which is told of each alert by itself and at once; absent: nobody records. */
  readonly recorder?: { readonly url: string; readonly timeoutMs?: number | undefined } | undefined;
};

/** What Alertmanager is started with besides its addresses and paths: one instance alone, which gossips with nobody. */
export const alertmanagerFlags: readonly string[] = ['--cluster.listen-address=', '--log.level=warn'];

/**
 * Alertmanager's configuration as YAML. Alerts of one name are one notification, since a cause shows itself on many
 * instances; what pages is sent and repeated sooner than what waits for the morning, and the consequences of a cause
 * that is alerted are not sent at all.
 */
export function renderAlertmanagerConfig({ webhookUrlFile, recorder }: AlertmanagerOptions = {}): string {
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
        ...(recorder === undefined ? [] : [recorderRoute]),
        {
          matchers: [`${alertLabels.severity}="ticket"`],
          group_wait: '5m',
          group_interval: '30m',
          repeat_interval: '24h',
        },
        // What only the recorder's route has matched would be told to nobody else.
        ...(recorder === undefined ? [] : [{ receiver: receiver.name }]),
      ],
    },
    inhibit_rules: inhibitions.map(({ sourceMatchers, targetMatchers, equal }) => ({
      source_matchers: sourceMatchers,
      target_matchers: targetMatchers,
      ...(equal.length === 0 ? {} : { equal }),
    })),
    receivers: [
      receiver,
      ...(recorder === undefined
        ? []
        : [
            {
              name: recorderName,
              webhook_configs: [
                {
                  url: `${recorder.url}${notificationsPath}`,
                  send_resolved: true,
                  timeout: `${recorder.timeoutMs ?? 10_000}ms`,
                },
              ],
            },
          ]),
    ],
  });
}

const recorderName = 'recorder';

/** Where services/alert-recorder takes what Alertmanager posts. */
const notificationsPath = '/v1/notifications';

/**
 * Each alert by itself and at once, so that what is recorded is when Alertmanager knew; a second for the cause that
 * explains it away. Others are told as well.
 */
const recorderRoute = {
  receiver: recorderName,
  continue: true,
  group_by: ['...'],
  group_wait: '1s',
  group_interval: '5s',
  repeat_interval: '4h',
} as const;
