import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../../core/attempt.ts';
import { FaultError } from '../../core/fault.ts';

/**
 * A helper is a process that disturbs something for as long as it lives: what no single call can break must be broken again
 * and again. It listens on a socket whose path stands in the journal before the helper is started, so that anybody on this
 * machine can end it; and it ends by itself when the process that started it does.
 */

const startDeadlineMs = 20_000;
const endDeadlineMs = 10_000;

/** A path for the socket of a helper that is still to be started. */
export function newHelperSocket(): string {
  return join(tmpdir(), `stormproof-helper-${randomBytes(8).toString('hex')}.sock`);
}

/**
 * Starts a helper and waits until it disturbs.
 *
 * @param options.program a module that calls {@link runHelper}, beside this one
 * @param options.task what that module is given
 * @throws FaultError when it cannot do its task, ends, or is not ready within 20 s
 */
export async function startHelper(options: {
  readonly program: string;
  readonly socket: string;
  readonly task: unknown;
}): Promise<void> {
  const { program, socket, task } = options;
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL(program, import.meta.url)),
      JSON.stringify({ socket, task } satisfies HelperArguments),
    ],
    { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  // Disconnected, it has nothing left to say.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(
    ([[code]]) => `it ended with ${code}`,
  );
  const isReady = await Promise.race([
    once(child, 'message').then(([told]) => (told as Prepared).problem ?? true),
    ended,
    sleep(startDeadlineMs, `it was not ready within ${startDeadlineMs} ms`, { ref: false }),
  ]).catch((error: Error) => error.message);
  if (isReady !== true) {
    child.kill('SIGKILL');
    throw new FaultError(`the helper ${program} could not be started: ${isReady}`);
  }
  // It must not keep this process alive, which it watches through the channel.
  child.unref();
  child.channel?.unref();
}

/**
 * Ends a helper and waits until it has ended; safe to call when there is none.
 * @throws FaultError when it does not end within 10 s
 */
export async function endHelper(socket: string): Promise<void> {
  const connection = await reach(socket);
  if (connection === undefined) {
    // Left by a helper that was killed.
    await rm(socket, { force: true });
    return;
  }
  // It may end before it has read what it is told, which is an error of the connection; the close comes after that too.
  const closed = new Promise((resolve) => connection.once('close', resolve));
  connection.end('end');
  connection.resume();
  const isLate = await Promise.race([closed.then(() => false), sleep(endDeadlineMs, true, { ref: false })]);
  connection.destroy();
  if (isLate) throw new FaultError(`the helper at ${socket} does not end although it was told to`);
}

/** Whether a helper listens there. */
export async function isHelping(socket: string): Promise<boolean> {
  const connection = await reach(socket);
  connection?.destroy();
  return connection !== undefined;
}

type HelperArguments = { readonly socket: string; readonly task: unknown };

/** What a helper tells its starter: that it is ready, or why it cannot do its task. */
type Prepared = { readonly problem?: string };

/** Resolves, with nothing left disturbed, soon after the signal aborts. */
type Disturb = (signal: AbortSignal) => Promise<void>;

/**
 * The whole of a helper's program: disturbs until it is told to end or its starter has ended, then undoes what it did.
 *
 * @param prepare opens what the task is about, and disturbs nothing yet; when it fails, so does {@link startHelper}
 */
export async function runHelper<Task>(prepare: (task: Task) => Promise<Disturb>): Promise<void> {
  const { socket, task } = JSON.parse(process.argv[2] ?? '') as HelperArguments;
  const ending = new AbortController();
  const end = () => ending.abort();
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connection.on('data', end);
    connection.on('error', () => connection.destroy());
    // Whoever only looked has gone; whoever told it to end waits for the process's end.
    connection.on('end', () => ending.signal.aborted || connection.destroy());
  });
  server.listen(socket);
  await once(server, 'listening');
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  const disturb = await prepare(task as Task).catch(async (error: unknown) => {
    await rm(socket, { force: true });
    tellStarter({ problem: reasonOf(error) });
    throw error;
  });
  tellStarter({});
  if (!process.connected) end();
  try {
    await disturb(ending.signal);
  } finally {
    await rm(socket, { force: true });
  }
  process.exit(0);
}

function tellStarter(prepared: Prepared): void {
  process.send?.(prepared, undefined, undefined, () => {
    // It has died meanwhile.
  });
}

/** @returns undefined when nobody listens */
async function reach(socket: string): Promise<Socket | undefined> {
  const connection = connect(socket);
  try {
    await once(connection, 'connect');
    connection.on('error', () => {
      // It has just ended; the close tells.
    });
    return connection;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}
