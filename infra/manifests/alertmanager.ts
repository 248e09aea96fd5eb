import {
  type AlertmanagerOptions,
  alertmanagerFlags,
  renderAlertmanagerConfig,
} from '../../observability/alertmanager/config.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { clusterEdgeAddresses, clusterPort } from '../../topology/kubernetes/index.ts';
import { resourcesOf, type Stack } from '../stack.ts';
import { backendManifests, configDir } from './backend.ts';
import type { Manifest } from './manifest.ts';
import { goMemoryLimit, httpProbe, type MountedVolume } from './pod.ts';

const dataDir = '/alertmanager';
const webhookDir = '/etc/stormproof-webhook';
const webhookFile = 'url';

/** Silences, and which notifications were sent. */
const storageGib = 1;

/** Alertmanager, where an edge mentions it. */
export function alertmanagerManifests(stack: Stack): readonly Manifest[] {
  const { topology, images, config } = stack;
  if (!backendsOf(topology).includes('alertmanager')) return [];
  const webhook = webhookVolume(stack);
  return backendManifests(stack, {
    owner: { app: 'alertmanager', component: 'telemetry' },
    image: images.alertmanager,
    args: [
      `--config.file=${configDir}/alertmanager.yml`,
      `--storage.path=${dataDir}`,
      `--web.listen-address=0.0.0.0:${clusterPort(topology, 'alertmanager', 'http')}`,
      ...alertmanagerFlags,
    ],
    env: [goMemoryLimit(resourcesOf(stack, 'alertmanager'))],
    files: {
      'alertmanager.yml': renderAlertmanagerConfig({
        webhookUrlFile: webhook === undefined ? undefined : `${webhookDir}/${webhookFile}`,
        recorder: recorderOf(stack),
      }),
    },
    volumes: webhook === undefined ? [] : [webhook],
    probe: httpProbe('http', '/-/ready', {}),
    data: {
      mountPath: dataDir,
      storageGib: config.resources.alertmanager?.storageGib ?? storageGib,
    },
  });
}

/** The URL of the webhook, from a Secret that the stack names: it is in no manifest and in no state of the stack. */
function webhookVolume(stack: Stack): MountedVolume | undefined {
  const { alertWebhook } = stack.config;
  if (alertWebhook === undefined) return undefined;
  return {
    volume: {
      name: 'webhook',
      secret: {
        secretName: alertWebhook.secret,
        items: [{ key: alertWebhook.key, path: webhookFile }],
        defaultMode: 0o440,
      },
    },
    mount: { name: 'webhook', mountPath: webhookDir, readOnly: true },
  };
}

/** Who records alerts. */
function recorderOf(stack: Stack): AlertmanagerOptions['recorder'] {
  const edge = stack.topology.edges.find(
    ({ from, to }) => from === 'alertmanager' && to === 'alert-recorder',
  );
  const [url] = edge === undefined ? [] : clusterEdgeAddresses(edge, stack);
  return url === undefined ? undefined : { url, timeoutMs: edge?.deadlineMs };
}
