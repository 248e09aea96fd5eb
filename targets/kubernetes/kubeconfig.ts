import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { TargetError } from '../target.ts';

/** Which cluster is meant, and as whom. */
export type ClusterChoice = {
  /** Files in the order of their precedence, none for the service account; default as kubectl finds them. */
  readonly kubeconfig?: readonly string[] | undefined;
  /** Default the current one. */
  readonly context?: string | undefined;
  /** Default the context's, else {@link defaultNamespace}. */
  readonly namespace?: string | undefined;
};

export type ChosenCluster = {
  readonly config: KubeConfig;
  /** Absolute; empty when it is the cluster that this runs in. */
  readonly kubeconfig: readonly string[];
  readonly context: string;
  readonly namespace: string;
  /** Base URL of its API server. */
  readonly server: string;
};

/** The namespace of a stack that does not say otherwise. */
const defaultNamespace = 'stormproof';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Finds the cluster as kubectl does: the given files, else `KUBECONFIG` (several files, the first that names a thing
 * wins, missing ones do not matter), else `~/.kube/config`, else the service account of the pod that this runs in.
 *
 * @throws TargetError `unsupported` that says where was looked and what was expected
 */
export function chooseCluster(choice: ClusterChoice, environment: NodeJS.ProcessEnv): ChosenCluster {
  const { config, kubeconfig } = load(choice.kubeconfig, environment);
  const context = choice.context ?? config.getCurrentContext();
  const from = kubeconfig.length === 0 ? 'the service account' : kubeconfig.join(delimiter);
  const known = config.getContexts().map(({ name }) => name);
  const found = config.getContextObject(context);
  if (found === null) {
    throw new TargetError(
      'unsupported',
      `the context ${JSON.stringify(context ?? '')} is not in ${from}; ` +
        `expected ${known.length === 0 ? 'one, and there is none' : `one of ${known.join(', ')} (--context)`}`,
    );
  }
  config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new TargetError(
      'unsupported',
      `the context ${context} of ${from} names the cluster ${found.cluster}, which is not there`,
    );
  }
  const namespace = choice.namespace ?? found.namespace ?? defaultNamespace;
  return { config, kubeconfig, context, namespace, server };
}

function load(
  given: readonly string[] | undefined,
  environment: NodeJS.ProcessEnv,
): Pick<ChosenCluster, 'config' | 'kubeconfig'> {
  if (given !== undefined) return given.length === 0 ? inCluster() : fromFiles(given);
  const { KUBECONFIG = '', HOME = '', KUBERNETES_SERVICE_HOST = '' } = environment;
  const usual = KUBECONFIG === '' ? [join(HOME, '.kube', 'config')] : KUBECONFIG.split(delimiter);
  const files = usual.filter((file) => file !== '' && existsSync(file));
  if (files.length > 0) return fromFiles(files);
  if (KUBERNETES_SERVICE_HOST !== '' && existsSync(serviceAccountToken)) return inCluster();
  throw new TargetError(
    'unsupported',
    `there is no kubeconfig: looked at ${KUBECONFIG === '' ? usual.join() : `KUBECONFIG=${KUBECONFIG}`}; ` +
      'expected a file there, or --kubeconfig',
  );
}

function inCluster(): Pick<ChosenCluster, 'config' | 'kubeconfig'> {
  const config = new KubeConfig();
  config.loadFromCluster();
  return { config, kubeconfig: [] };
}

function fromFiles(files: readonly string[]): Pick<ChosenCluster, 'config' | 'kubeconfig'> {
  const kubeconfig = files.map((file) => resolve(file));
  return { config: merge(kubeconfig), kubeconfig };
}

function merge(files: readonly string[]): KubeConfig {
  const merged = new KubeConfig();
  for (const file of files) {
    const config = read(file);
    for (const cluster of config.getClusters()) {
      if (merged.getCluster(cluster.name) === null) merged.addCluster(cluster);
    }
    for (const user of config.getUsers()) {
      if (merged.getUser(user.name) === null) merged.addUser(user);
    }
    for (const context of config.getContexts()) {
      if (merged.getContextObject(context.name) === null) merged.addContext(context);
    }
    if (!merged.getCurrentContext()) merged.setCurrentContext(config.getCurrentContext());
  }
  return merged;
}

function read(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new TargetError('unsupported', `${file} is no kubeconfig: ${(cause as Error).message}`, { cause });
  }
  return config;
}
