import { clusterHost, clusterPort, toxiproxyService } from '../../topology/kubernetes/index.ts';
import type { Stack } from '../stack.ts';
import { backendManifests, configDir } from './backend.ts';
import type { Manifest } from './manifest.ts';
import { httpProbe } from './pod.ts';

/** One Toxiproxy for all proxied edges; nothing when there are none. A restart brings its proxies back, clean. */
export function toxiproxyManifests(stack: Stack): readonly Manifest[] {
  const { topology, proxies, images } = stack;
  if (proxies.length === 0) return [];
  const port = (name: string) => clusterPort(topology, toxiproxyService, name, proxies);
  const entries = proxies.map(({ name, callee, calleePort }) => ({
    name,
    listen: `0.0.0.0:${port(name)}`,
    upstream: `${clusterHost(callee.service, callee.ordinal)}:${clusterPort(topology, callee.service, calleePort)}`,
    enabled: true,
  }));
  return backendManifests(stack, {
    owner: { app: toxiproxyService, component: 'chaos' },
    image: images.toxiproxy,
    args: ['-host', '0.0.0.0', '-port', String(port('api')), '-config', `${configDir}/toxiproxy.json`],
    env: [{ name: 'LOG_LEVEL', value: 'warn' }],
    files: { 'toxiproxy.json': `${JSON.stringify(entries, undefined, 2)}\n` },
    probe: httpProbe('api', '/version', {}),
    // Its API is for port-forwards; nothing in the cluster is to break the platform.
    servedPorts: proxies.map(({ name }) => name),
  });
}
