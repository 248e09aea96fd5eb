import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { layoutOf } from './layout.ts';
import { findLeftovers } from './leftovers.ts';
import { endMarked, findMarked, startMarked } from './processes.ts';
import { endedDaemons, waitUntil } from './supervise.ts';

/** Other work may keep every core busy. */
const soon = { timeout: 10_000 };

let runDir: string;

beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'stormproof-processes-'));
  onTestFinished(async () => {
    await endMarked(runDir);
    await rm(runDir, { recursive: true });
  });
});

function start(...argv: string[]): Promise<number> {
  return startMarked(argv, { runDir, logFile: join(runDir, 'log') });
}

/** A layout whose logs are where {@link start} writes them. */
function layout() {
  return { ...layoutOf(runDir), logs: runDir };
}

async function waitForDaemon(argv: readonly string[], name: string): Promise<void> {
  const daemon = { name, argv, place: 'machine', after: 'namespaces' } as const;
  const deadline = performance.now() + 10_000;
  await waitUntil(() => false, { what: 'nothing', layout: layout(), daemons: [daemon], deadline });
}

test('finds what was started for a directory, with its children, and ends all of it', async () => {
  const shell = await start('sh', '-c', 'sleep 60 & sleep 60');
  await expect.poll(() => findMarked(runDir).length, soon).toBe(3);
  expect(findMarked(runDir).map(({ pid }) => pid)).toContain(shell);
  expect(findMarked(`${runDir}-other`)).toEqual([]);
  expect(await endMarked(runDir)).toBe(true);
  expect(findMarked(runDir)).toEqual([]);
  expect(await endMarked(runDir)).toBe(false);
});

test('keeps what a program says in its log, and tells which program cannot be started', async () => {
  await start('sh', '-c', 'echo to both >&2; echo outputs');
  await expect.poll(() => readFile(join(runDir, 'log'), 'utf8'), soon).toBe('to both\noutputs\n');
  await expect(start('/no/such/program')).rejects.toThrow('/no/such/program cannot be started');
});

test('names the daemon that has ended, with its last words', async () => {
  const argv = ['sh', '-c', 'echo address already in use; exit 3'];
  await startMarked(argv, { runDir, logFile: join(runDir, 'etcd.log') });
  await expect(waitForDaemon(argv, 'etcd')).rejects.toMatchObject({
    code: 'not-ready',
    message: expect.stringMatching(/^etcd has ended\..*address already in use$/s),
  });
});

test('tells a daemon that runs from one that has ended', async () => {
  const running = { argv: ['sleep', '60'] };
  await start(...running.argv);
  await expect.poll(() => endedDaemons([running], runDir), soon).toEqual([]);
  expect(endedDaemons([running, { argv: ['sleep', '61'] }], runDir)).toEqual([{ argv: ['sleep', '61'] }]);
});

test('sees a process and a directory that are left', async () => {
  const pid = await start('sleep', '60');
  await expect
    .poll(() => findLeftovers(layout()), soon)
    .toEqual([`process ${pid} (sleep)`, `directory ${runDir}`]);
  expect(await findLeftovers(layoutOf(join(runDir, 'never-was')))).toEqual([]);
});
