import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import { renderContainerdConfig } from './containerd.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { kubeletConfig } from './kubelet.ts';
import { podNetwork } from './pod-network.ts';
import { proxyConfig } from './proxy.ts';

/** Clients of the API server, by their certificates' names, and where they look for their configuration. */
function clientsOf(layout: Layout): Readonly<Record<string, string>> {
  const inConfig = (name: string) => join(layout.config, `${name}.kubeconfig`);
  return {
    admin: layout.kubeconfig,
    scheduler: inConfig('scheduler'),
    proxy: inConfig('proxy'),
    kubelet: inConfig('kubelet'),
  };
}

/** Writes every configuration file of a node. Its certificates must be there. */
export async function writeConfigs(
  layout: Layout,
  options: { readonly apiServer: string; readonly pluginFolder: string },
): Promise<void> {
  const clients = clientsOf(layout);
  const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`;
  const files = {
    'containerd.toml': renderContainerdConfig(layout, options.pluginFolder),
    'net.d/10-pods.conflist': json(podNetwork),
    'kubelet.json': json(kubeletConfig(layout)),
    'proxy.json': json(proxyConfig(layout, clients.proxy ?? '')),
    'resolv.conf': '',
  };
  await mkdir(join(layout.config, 'net.d'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(layout.config, name), content);

  const pem = (name: string) => readFile(join(layout.pki, name), 'utf8');
  const authority = await pem('ca.crt');
  for (const [name, path] of Object.entries(clients)) {
    const [certificate, key] = await Promise.all([pem(`${name}.crt`), pem(`${name}.key`)]);
    const config = { cluster: layout.name, server: options.apiServer, authority, certificate, key };
    await writeFile(path, renderKubeconfig(config), { mode: 0o600 });
  }
}
