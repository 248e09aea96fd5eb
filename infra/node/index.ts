/**
 * A real Kubernetes node on this machine, for trying and testing what the Pulumi program makes: etcd, the API server,
 * controllers, scheduler, kubelet, kube-proxy, containerd with runc, CoreDNS, and volumes on demand. No production
 * cluster: one node, no NetworkPolicy enforced, nothing restarted but pods.
 *
 * It lives in namespaces of its own (processes, mounts, network), held by one process; when that ends, the kernel ends
 * everything in them. Outside them are only its directory, its cgroups, and a forwarder from a loopback port to its API server.
 * Its network has no way out: images are imported from archives, never pulled.
 *
 * `up.ts` tells the start in order. Configurations are pure functions (`config/`, `daemons.ts`, `addons.ts`);
 * `volumes/` is a program that runs beside the daemons.
 */
export { attachNode, endedDaemonsOf } from './attach.ts';
export { nodeTools } from './daemons.ts';
export { nodeDown } from './down.ts';
export { NodeError } from './errors.ts';
export { insideNode } from './inside.ts';
export { nodeUnavailable } from './requirements.ts';
export type { NodeState } from './state.ts';
export { importImages, nodeUp } from './up.ts';
