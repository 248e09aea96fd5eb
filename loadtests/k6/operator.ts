/**
 * The load of a shape for those who have the k6-operator (github.com/grafana/k6-operator) in their cluster: k6's archive of the
 * scenario with everything that decides what it sends, in a ConfigMap, and the TestRun that has several runners execute it.
 *
 * The operator gives each runner a segment of the load (`--execution-segment`); k6 numbers iterations over all segments, so
 * requests, and with them idempotency keys, never collide.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadShape, peakRate } from '../../verdict/load-shape.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { clientKeyVariable } from '../recorder/arguments.ts';
import { k6GarbagePercent, leastBytes } from './memory.ts';
import { type K6Options, scenarioArguments, scenarioFile } from './run.ts';
import { k6VirtualUsers } from './sizing.ts';

/** What several runners are to send. */
export type OperatedLoad = {
  /** Of the run, and of the objects in the cluster: a DNS label. */
  readonly runId: string;
  readonly shape: LoadShape;
  /** 1 to 100. */
  readonly ordersPerRequest: number;
  readonly retry?: K6Options['retry'];
  readonly seed: number;
  /** Where runners reach the order service. */
  readonly urls: readonly string[];
  /** How many runners share it. */
  readonly parallelism: number;
};

/**
 * k6's archive of the scenario: a tar file with its sources, options and variables.
 *
 * @throws Error with k6's words when it makes none
 */
export async function archiveLoad(k6Path: string, load: OperatedLoad): Promise<Buffer> {
  const { runId, urls, retry, shape, ordersPerRequest, seed, parallelism } = load;
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-k6-archive-'));
  const out = join(directory, archiveFile);
  const scenario = { clientId: workloadClientId, seed, shape, ordersPerRequest };
  const virtualUsers = parallelism * usersOfRunner(load);
  try {
    const words = scenarioArguments({ runId, urls, retry, virtualUsers }, scenario);
    // A clean environment, as for a run: a K6_ variable would become a part of the archive.
    const env = { HOME: directory, K6_AUTO_EXTENSION_RESOLUTION: 'false' };
    const child = spawn(k6Path, ['archive', '--no-color', ...words, '-O', out, scenarioFile], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-2_000);
      });
    }
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`k6 made no archive (code ${code}): ${said.trim()}`);
    return await readFile(out);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function usersOfRunner({ shape, ordersPerRequest, parallelism }: OperatedLoad): number {
  return k6VirtualUsers(peakRate(shape) / ordersPerRequest / parallelism);
}

const archiveFile = 'archive.tar';
/** What a ConfigMap may hold. */
const configMapBytesMax = 1_048_576;
/** k6 itself, beside its virtual users. */
const runnerBytesBase = 128 * 1024 ** 2;

/** The part of the operator's API `k6.io/v1alpha1` that is used here (api/v1alpha1/testrun_types.go of the operator). */
export type TestRun = {
  readonly apiVersion: 'k6.io/v1alpha1';
  readonly kind: 'TestRun';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly parallelism: number;
    readonly script: { readonly configMap: { readonly name: string; readonly file: string } };
    readonly arguments: string;
    readonly initializer: TestRunPod;
    readonly starter: TestRunPod;
    readonly runner: TestRunPod;
  };
};

type TestRunPod = {
  readonly image?: string;
  readonly env?: readonly Variable[];
  readonly securityContext: object;
  readonly containerSecurityContext: object;
  readonly resources?: object;
};

type Variable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly secretKeyRef: SecretKey } };

/** A Secret of the namespace that a pod is in, and a key of its content. */
type SecretKey = { readonly name: string; readonly key: string };

export type ArchiveConfigMap = {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** Base64. */
  readonly binaryData: Readonly<Record<string, string>>;
};

/**
 * What to apply. Pods are as the standard `restricted` demands. Each runner logs a line for each request, as k6 does for
 * `runK6`.
 *
 * @param options.namespace not the platform's: there the operator's starter could connect to no runner
 * @param options.image of k6, at the version that made the archive
 * @param options.clientKey what holds the key by which the order API lets the client in; runners wait until that namespace
 *   has it. Default: the API asks for none
 * @throws RangeError when the archive is more than a ConfigMap holds
 */
export function operatorManifests(
  load: OperatedLoad,
  archive: Buffer,
  options: { readonly namespace: string; readonly image: string; readonly clientKey?: SecretKey },
): readonly [ArchiveConfigMap, TestRun] {
  const { namespace, image, clientKey } = options;
  const data = archive.toString('base64');
  if (data.length > configMapBytesMax) {
    throw new RangeError(
      `the archive takes ${data.length} bytes, more than a ConfigMap's ${configMapBytesMax}`,
    );
  }
  const metadata = { name: load.runId, namespace };
  const users = usersOfRunner(load);
  const memory = Math.ceil((leastBytes(users) + runnerBytesBase) / 1024 ** 2);
  const confined = {
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532 },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  // As `k6MemorySettings` has it, with the pod's memory for the machine's.
  const settings: readonly Variable[] = [
    { name: 'GOGC', value: String(k6GarbagePercent(users)) },
    { name: 'GOMEMLIMIT', value: `${Math.floor(memory * 0.9)}MiB` },
  ];
  // It evaluates the whole scenario as a runner does, and sends nothing: it gets no key.
  const initializer: TestRunPod = {
    ...{ image, ...confined },
    env: settings,
    resources: { requests: { cpu: '1', memory: `${memory}Mi` }, limits: { memory: `${memory}Mi` } },
  };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: { [archiveFile]: data } },
    {
      apiVersion: 'k6.io/v1alpha1',
      kind: 'TestRun',
      metadata,
      spec: {
        parallelism: load.parallelism,
        script: { configMap: { name: metadata.name, file: archiveFile } },
        arguments: '--no-usage-report --log-format=raw',
        initializer,
        starter: confined,
        runner: { ...initializer, env: [...settings, ...keyVariables(clientKey)] },
      },
    },
  ];
}

function keyVariables(clientKey: SecretKey | undefined): readonly Variable[] {
  return clientKey === undefined ? [] : [{ name: clientKeyVariable, valueFrom: { secretKeyRef: clientKey } }];
}
