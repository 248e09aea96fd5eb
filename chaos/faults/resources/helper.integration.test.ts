import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { endHelper, isHelping, newHelperSocket, startHelper } from './helper.ts';

let directory: string;
let database: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'helper-'));
  database = join(directory, 'some.sqlite');
});
afterAll(() => rm(directory, { recursive: true }));

const task = () => ({ database, holdMs: 1_000, releaseMs: 10 });
const start = (socket: string) => startHelper({ program: 'lock-holder.ts', socket, task: task() });

/** Whether somebody else holds the lock now. */
function isLocked(): boolean {
  const own = new DatabaseSync(database, { timeout: 0 });
  try {
    own.exec('BEGIN IMMEDIATE');
    return false;
  } catch {
    return true;
  } finally {
    own.close();
  }
}

test('a helper disturbs until it is told to end, by anybody who knows its socket', async () => {
  const socket = newHelperSocket();
  await start(socket);
  await vi.waitUntil(isLocked, { timeout: 5_000 });
  expect(await isHelping(socket)).toBe(true);
  await Promise.all([endHelper(socket), endHelper(socket)]);
  expect([await isHelping(socket), existsSync(socket)]).toEqual([false, false]);
  expect(isLocked()).toBe(false);
  await endHelper(socket);
});

test('a helper ends when the process that started it is killed', async () => {
  const socket = newHelperSocket();
  const helper = fileURLToPath(new URL('helper.ts', import.meta.url));
  const starter = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { startHelper } from ${JSON.stringify(helper)};
     await startHelper(${JSON.stringify({ program: 'lock-holder.ts', socket, task: task() })});
     setInterval(() => {}, 1_000);`,
  ]);
  await vi.waitUntil(() => isHelping(socket), { timeout: 20_000 });
  starter.kill('SIGKILL');
  await vi.waitUntil(async () => !(await isHelping(socket)), { timeout: 10_000 });
  expect(existsSync(socket)).toBe(false);
});

test('a helper that ends instead of getting ready is told', async () => {
  await expect(
    startHelper({ program: 'no-such-helper.ts', socket: newHelperSocket(), task: {} }),
  ).rejects.toThrow('the helper no-such-helper.ts could not be started: it ended with 1');
});

test('a helper that cannot do its task tells why', async () => {
  const socket = newHelperSocket();
  const nowhere = { ...task(), database: join(directory, 'missing', 'some.sqlite') };
  await expect(startHelper({ program: 'lock-holder.ts', socket, task: nowhere })).rejects.toThrow(
    'the helper lock-holder.ts could not be started: unable to open database file',
  );
  expect(existsSync(socket)).toBe(false);
});

test('a helper whose starter was killed before it was ready leaves nothing', async () => {
  const socket = newHelperSocket();
  const program = fileURLToPath(new URL('lock-holder.ts', import.meta.url));
  const helper = spawn(process.execPath, [program, JSON.stringify({ socket, task: task() })], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  helper.disconnect();
  const [code] = await once(helper, 'exit');
  expect([code, existsSync(socket), isLocked()]).toEqual([0, false, false]);
});
