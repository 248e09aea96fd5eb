import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nameOf } from './history.ts';

/** An agent as a process of this machine. */
export type LocalMember = {
  readonly url: string;
  readonly directory: string;
  readonly pid: number;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
};

const program = fileURLToPath(new URL('main.ts', import.meta.url));
/** An agent that has ended its run ends at once. */
const killAfterMs = 10_000;

/**
 * Starts agents, each with a folder of its own below `outDir`. They end when they are closed, and with this process.
 *
 * @throws Error when one does not start; the others are ended then
 */
export async function spawnAgents(count: number, outDir: string): Promise<readonly LocalMember[]> {
  const starts = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => spawnAgent(join(outDir, nameOf(index)))),
  );
  const members = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed === undefined) return members;
  await Promise.all(members.map((member) => member.close()));
  throw failed.reason;
}

async function spawnAgent(directory: string): Promise<LocalMember> {
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const gone = once(child, 'close').then(
    () => {},
    () => {
      // It never started; whoever waits for its port is told.
    },
  );
  const port = await portOf(child);
  return {
    url: `http://127.0.0.1:${port}`,
    directory,
    pid: child.pid ?? 0,
    async close() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** @throws Error with the last words of an agent that ended before it listened */
function portOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  child.once('error', (cause) => reject(new Error('a generator did not start', { cause })));
  child.once('close', (code, signal) =>
    reject(new Error(`a generator did not start (${signal ?? `code ${code}`}): ${lastWords.trim()}`)),
  );
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve((JSON.parse(line) as { readonly port: number }).port);
    });
  }
  return promise;
}
