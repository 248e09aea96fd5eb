import { join } from 'node:path';
import type { Layout } from '../layout.ts';

/** In the node's own /run; a client outside reaches it below /proc/<pid>/root. */
export const containerdSocket = '/run/containerd/containerd.sock';

/** Tagged, since "latest" would mean a pull. */
export const pauseImage = 'localhost/stormproof/pause:1';

/**
 * containerd with runc, cgroups without systemd, and the plugins of containernetworking. Storage drivers that a node does
 * not use are off, since each would log a failure. A TOML string is written as a JSON one.
 */
export function renderContainerdConfig(layout: Layout, pluginFolder: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "${containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
# Lowering a process's OOM score takes CAP_SYS_RESOURCE, which root lacks on many a rented machine: runc would then
# start no container at all.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${JSON.stringify(pluginFolder)}
conf_dir = ${JSON.stringify(join(layout.config, 'net.d'))}
`;
}
