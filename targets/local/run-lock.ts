import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { withFileLock } from '../../tools/lock.ts';
import { TargetError } from '../target.ts';
import type { Layout } from './layout.ts';

/**
 * Runs `body` as the only `up` or `down` of a run directory, which is made if it is missing.
 *
 * @throws TargetError `busy` at once when another process is at it, with its id
 */
export async function withRunLock<T>(layout: Layout, body: () => Promise<T>): Promise<T> {
  await mkdir(layout.runDir, { recursive: true });
  const refusal = new AbortController();
  let holder: string | undefined;
  try {
    const options = { signal: refusal.signal, onWait: () => refusal.abort() };
    return await withFileLock(layout.runLock, options, async () => {
      holder = String(process.pid);
      await writeFile(`${layout.runLockHolder}.new`, holder);
      await rename(`${layout.runLockHolder}.new`, layout.runLockHolder);
      return await body();
    });
  } catch (error) {
    if (holder !== undefined || !refusal.signal.aborted) throw error;
    const other = await readFile(layout.runLockHolder, 'utf8').catch(() => 'unknown');
    throw new TargetError(
      'busy',
      `another program (process ${other}) is starting or stopping the platform in ${layout.runDir}; wait for it`,
    );
  }
}
