import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Log } from '@kubernetes/client-node';
import { toTargetError } from './errors.ts';
import type { ChosenCluster } from './kubeconfig.ts';
import type { PodFacts } from './pods.ts';

export type LogOptions = {
  /** How many of the last lines. */
  readonly lines: number;
  /** Whether to go on until the signal ends it, or the pod. */
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
};

/** Writes the log of a pod's program; the output is left open. */
export async function writeLog(
  { config, namespace, server }: ChosenCluster,
  pod: PodFacts,
  output: Writable,
  { lines, follow, signal }: LogOptions,
): Promise<void> {
  const log = new PassThrough();
  try {
    const request = await new Log(config).log(namespace, pod.name, pod.service, log, {
      tailLines: lines,
      follow,
    });
    signal?.addEventListener('abort', () => request.abort());
    await pipeline(log, output, { end: false });
  } catch (error) {
    if (signal?.aborted) return;
    throw toTargetError(error, `read the log of the pod ${pod.name}`, server);
  }
}
