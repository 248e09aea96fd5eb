import { mkdir } from 'node:fs/promises';
import { withLockOrRefuse } from '../../tools/index.ts';
import { NodeError } from './errors.ts';
import type { Layout } from './layout.ts';

/**
 * Runs `body` as the only one that starts or stops the node of a directory, which is made if it is missing.
 *
 * @throws NodeError `busy` at once when another process is at it
 */
export async function withNodeLock<T>(layout: Layout, body: () => Promise<T>): Promise<T> {
  await mkdir(layout.runDir, { recursive: true });
  const refuse = (holder: string) =>
    new NodeError(
      'busy',
      `another program (process ${holder}) is starting or stopping the node in ${layout.runDir}; wait for it`,
    );
  return withLockOrRefuse(layout.lock, refuse, body);
}
