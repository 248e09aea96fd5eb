import { mkdir } from 'node:fs/promises';
import { withLockOrRefuse } from '../../tools/lock.ts';
import { TargetError } from '../target.ts';
import type { Layout } from './layout.ts';

/**
 * Runs `body` as the only `up` or `down` of a run directory, which is made if it is missing.
 *
 * @throws TargetError `busy` at once when another process is at it, with its id
 */
export async function withRunLock<T>(layout: Layout, body: () => Promise<T>): Promise<T> {
  await mkdir(layout.runDir, { recursive: true });
  const refuse = (holder: string) =>
    new TargetError(
      'busy',
      `another program (process ${holder}) is starting or stopping the platform in ${layout.runDir}; wait for it`,
    );
  return withLockOrRefuse(layout.runLock, refuse, body);
}
