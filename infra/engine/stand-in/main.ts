/**
 * A stand-in for the official plugin of Pulumi's Kubernetes provider, for tests on machines that cannot download it.
 * Nobody deploys with it: what it alone has done is not shown to work with the official one, which it imitates for the
 * kinds of objects that stacks consist of, with fixed names, in the cluster of the kubeconfig.
 *
 * The engine starts it like any plugin. provider.ts has its answers; wire.ts how values come and go; diff.ts what is
 * replaced; readiness.ts what is waited for; cluster.ts is the way to the API server.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { main } from '@pulumi/pulumi/provider/index.js';
import { type Cluster, createCluster } from './cluster.ts';
import { createProvider } from './provider.ts';

const { STORMPROOF_STAND_IN_VERSION: version = '', STORMPROOF_STAND_IN_WAIT_SECONDS: waitSeconds = '600' } =
  process.env;

let connected: Cluster | undefined;

/** Connects once, to the cluster that kubectl would use. */
function cluster(): Cluster {
  if (connected === undefined) {
    const config = new KubeConfig();
    config.loadFromDefault();
    connected = createCluster(config);
  }
  return connected;
}

await main(
  createProvider({ version, cluster, waitMsMax: Number(waitSeconds) * 1_000 }),
  process.argv.slice(2),
);
