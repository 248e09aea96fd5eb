import { stringify } from 'yaml';
import { dashboards } from '../dashboards/index.ts';

export type GrafanaOptions = {
  /** The directory that the files are put into: absolute. */
  readonly filesDir: string;
  readonly port: number;
  /** A file whose content is the password of the user `admin`. */
  readonly adminPasswordFile: string;
  /** Base URLs of what is shown. */
  readonly prometheus: string;
  /** Absent: no traces are shown. */
  readonly jaeger?: string | undefined;
};

const configFile = 'grafana.ini';

/** Data sources by the names that they refer to each other with. */
const uids = { prometheus: 'prometheus', jaeger: 'jaeger' } as const;

/**
 * Where Grafana finds and keeps its files, as environment variables: its image sets some of these, and they win over
 * the settings of a file.
 */
export function grafanaPaths({
  filesDir,
  dataDir,
}: {
  readonly filesDir: string;
  /** The only directory that Grafana writes to: absolute. */
  readonly dataDir: string;
}): Readonly<Record<string, string>> {
  return {
    GF_PATHS_CONFIG: `${filesDir}/${configFile}`,
    GF_PATHS_PROVISIONING: `${filesDir}/provisioning`,
    GF_PATHS_DATA: dataDir,
    GF_PATHS_LOGS: `${dataDir}/log`,
    GF_PATHS_PLUGINS: `${dataDir}/plugins`,
  };
}

/**
 * Grafana's files by their paths: settings, data sources and every dashboard. What a person changes there by hand is
 * not kept; nobody sees anything without the password, and Grafana asks nobody on the Internet for anything.
 */
export function grafanaFiles(options: GrafanaOptions): Readonly<Record<string, string>> {
  return {
    [configFile]: renderIni(options),
    'provisioning/datasources/stormproof.yaml': renderDataSources(options),
    'provisioning/dashboards/stormproof.yaml': renderProvider(options),
    ...Object.fromEntries(
      dashboards.map((dashboard) => [`dashboards/${dashboard.uid}.json`, JSON.stringify(dashboard)]),
    ),
  };
}

function renderIni({ filesDir, port, adminPasswordFile }: GrafanaOptions): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    server: { http_port: port },
    security: { admin_password: `$__file{${adminPasswordFile}}`, disable_gravatar: true },
    'auth.anonymous': { enabled: false },
    users: { allow_sign_up: false },
    dashboards: { default_home_dashboard_path: `${filesDir}/dashboards/${dashboards[0]?.uid}.json` },
    plugins: { preinstall_disabled: true },
    analytics: {
      reporting_enabled: false,
      check_for_updates: false,
      check_for_plugin_updates: false,
      feedback_links_enabled: false,
    },
    news: { news_feed_enabled: false },
    log: { mode: 'console', level: 'warn' },
  };
  return Object.entries(sections)
    .flatMap(([name, keys]) => [
      `[${name}]`,
      ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`),
      '',
    ])
    .join('\n');
}

function renderDataSources({ prometheus, jaeger }: GrafanaOptions): string {
  const common = { access: 'proxy', editable: false } as const;
  const exemplars =
    jaeger === undefined
      ? {}
      : { exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: uids.jaeger }] };
  return stringify({
    apiVersion: 1,
    datasources: [
      {
        ...{ name: 'Prometheus', type: 'prometheus', uid: uids.prometheus, url: prometheus, ...common },
        isDefault: true,
        // The interval at which Prometheus scrapes; ranges of rates follow from it.
        jsonData: { timeInterval: '5s', httpMethod: 'POST', ...exemplars },
      },
      ...(jaeger === undefined
        ? []
        : [{ name: 'Jaeger', type: 'jaeger', uid: uids.jaeger, url: jaeger, ...common }]),
    ],
  });
}

function renderProvider({ filesDir }: GrafanaOptions): string {
  return stringify({
    apiVersion: 1,
    providers: [
      {
        name: 'stormproof',
        folder: 'Stormproof',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        options: { path: `${filesDir}/dashboards` },
      },
    ],
  });
}
