import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { grafanaFiles, grafanaPaths } from '../../observability/grafana/config.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { clusterHost, clusterPort, grafanaService } from '../../topology/kubernetes/index.ts';
import type { BackendName } from '../../topology/model.ts';
import { hasGrafana, resourcesOf, type Stack } from '../stack.ts';
import { backendManifests, configDir } from './backend.ts';
import type { Manifest } from './manifest.ts';
import { containerOf, httpProbe, type MountedVolume, temporaryFiles } from './pod.ts';

const dataDir = '/var/lib/grafana';
const passwordDir = '/run/grafana';
const passwordKey = 'admin-password';

/** Where a person finds the password of the user `admin` in Grafana's container. */
export const grafanaPasswordFile = `${passwordDir}/${passwordKey}`;

/**
 * Grafana, where the stack wants it and there is a Prometheus to show. It keeps nothing: dashboards come from this
 * program, and a pod that is made anew has them again.
 */
export function grafanaManifests(stack: Stack): readonly Manifest[] {
  const { config, images, topology } = stack;
  const prometheus = config.telemetry.prometheus ?? urlOf(stack, 'prometheus');
  if (!hasGrafana(stack) || prometheus === undefined) return [];
  return backendManifests(stack, {
    owner: { app: grafanaService, component: 'telemetry' },
    image: images.grafana,
    args: [],
    env: Object.entries(grafanaPaths({ filesDir: configDir, dataDir })).map(([name, value]) => ({
      name,
      value,
    })),
    files: grafanaFiles({
      filesDir: configDir,
      port: clusterPort(topology, grafanaService, 'http'),
      adminPasswordFile: grafanaPasswordFile,
      prometheus,
      jaeger: urlOf(stack, 'jaeger'),
    }),
    volumes: [
      temporaryFiles,
      {
        volume: { name: 'data', emptyDir: { sizeLimit: '512Mi' } },
        mount: { name: 'data', mountPath: dataDir },
      },
      password(stack),
    ],
    preparations: config.grafanaAdmin === undefined ? [passwordMaker(stack)] : [],
    probe: httpProbe('http', '/api/health', {}),
  });
}

/** Base URL of a backend that the stack deploys. */
function urlOf({ topology }: Stack, backend: BackendName): string | undefined {
  if (!backendsOf(topology).includes(backend)) return undefined;
  return `http://${clusterHost(backend, 0)}:${clusterPort(topology, backend, 'http')}`;
}

/** From a Secret that the stack names, else made in the pod: it is in no manifest and in no state of the stack. */
function password(stack: Stack): MountedVolume {
  const admin = stack.config.grafanaAdmin;
  const name = 'password';
  if (admin === undefined) {
    return {
      volume: { name, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      mount: { name, mountPath: passwordDir },
    };
  }
  const items = [{ key: admin.key, path: passwordKey }];
  return {
    volume: { name, secret: { secretName: admin.secret, items, defaultMode: 0o440 } },
    mount: { name, mountPath: passwordDir, readOnly: true },
  };
}

/** Makes a password before Grafana starts, once for each pod; whoever may enter the pod may read it. */
function passwordMaker(stack: Stack): Container {
  const make = `test -s ${grafanaPasswordFile} || head -c 24 /dev/urandom | base64 | tr -d '\\n' > ${grafanaPasswordFile}`;
  return containerOf(stack, {
    name: 'make-password',
    image: stack.images.grafana,
    command: ['/bin/sh', '-c', `umask 077; ${make}`],
    resources: resourcesOf(stack, grafanaService),
    volumeMounts: [password(stack).mount],
  });
}
