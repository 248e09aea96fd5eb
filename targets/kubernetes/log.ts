import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Log } from '@kubernetes/client-node';
import { toTargetError } from './errors.ts';
import type { ChosenCluster } from './kubeconfig.ts';
import type { PodFacts } from './pods.ts';

export type LogOptions = {
  /** How many of the last lines. */
  readonly lines: number;
  /** Whether to go on until the pod ends. */
  readonly follow: boolean;
};

/** Writes the log of a pod's program; the output is left open. */
export async function writeLog(
  { config, namespace, server }: ChosenCluster,
  pod: PodFacts,
  output: Writable,
  { lines, follow }: LogOptions,
): Promise<void> {
  const log = new PassThrough();
  try {
    await new Log(config).log(namespace, pod.name, pod.service, log, { tailLines: lines, follow });
    await pipeline(log, output, { end: false });
  } catch (error) {
    throw toTargetError(error, `read the log of the pod ${pod.name}`, server);
  }
}
