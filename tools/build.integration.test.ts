import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type BuildPhase, findGo, runBuild } from './build.ts';
import { withFileLock } from './lock.ts';
import { runProgram } from './process.ts';
import type { Build } from './program.ts';

const greeter: Build = {
  name: 'greeter',
  version: '1.2.3',
  packages: { hello: './hello', goodbye: './goodbye' },
  tags: [],
  linkVariables: { 'main.version': '1.2.3' },
  typicalSeconds: 5,
};
const fixtures = join(import.meta.dirname, 'fixtures');

let shelf: string;
let home: string;

beforeEach(async () => {
  shelf = await mkdtemp(join(tmpdir(), 'stormproof-build-'));
  home = join(shelf, '1.2.3-0123456789ab');
  onTestFinished(() => rm(shelf, { recursive: true }));
});

async function build(options: Partial<Parameters<typeof runBuild>[1]> = {}): Promise<void> {
  const { path } = await findGo(process.env);
  await runBuild(greeter, {
    home,
    moduleDirectory: join(fixtures, 'greeter'),
    go: path,
    env: process.env,
    ...options,
  });
}

/** What a user of the cache can see: everything but the lock, which stays. */
async function shelfContents(): Promise<readonly string[]> {
  return (await readdir(shelf)).filter((name) => name !== '.lock');
}

test('builds every program of a module, with its version linked in, and nothing beside them', async () => {
  await build();
  expect(await shelfContents()).toEqual(['1.2.3-0123456789ab']);
  for (const name of Object.keys(greeter.packages)) {
    const { output } = await runProgram(join(home, name), [], { env: {} });
    expect(output).toBe('greeter version 1.2.3\n');
  }
});

test('lets one of two builders work and the other use what it made', async () => {
  const compilations: string[] = [];
  const phases = (name: string) => (phase: BuildPhase) => {
    if (phase === 'compiling') compilations.push(name);
  };
  await Promise.all([build({ onPhase: phases('first') }), build({ onPhase: phases('second') })]);
  expect(new Set(compilations).size).toBe(1);
  expect(await shelfContents()).toEqual(['1.2.3-0123456789ab']);
});

test('removes what a killed builder left, and completes a home that lacks a program', async () => {
  await mkdir(join(shelf, '.building-dead'));
  await writeFile(join(shelf, '.building-dead', 'hello'), 'half');
  await mkdir(home);
  await build();
  expect(await shelfContents()).toEqual(['1.2.3-0123456789ab']);
  expect((await readdir(home)).sort()).toEqual(['goodbye', 'hello']);
});

test('says what does not compile and leaves nothing behind', async () => {
  await expect(build({ moduleDirectory: join(fixtures, 'broken') })).rejects.toMatchObject({
    code: 'compile-failed',
    message: expect.stringContaining('undefined: missing'),
  });
  expect(await shelfContents()).toEqual([]);
});

test('shows nobody a program that its check refuses', async () => {
  const check = () => Promise.reject(new Error('wrong version'));
  await expect(build({ check })).rejects.toThrow('wrong version');
  expect(await shelfContents()).toEqual([]);
});

test('leaves nothing half-made when it is interrupted in the middle', async () => {
  const controller = new AbortController();
  const onPhase = (phase: BuildPhase) => {
    if (phase === 'compiling') controller.abort();
  };
  await expect(build({ onPhase, signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' });
  expect(await shelfContents()).toEqual([]);
});

test('stops waiting for another builder when it is interrupted', async () => {
  const controller = new AbortController();
  await withFileLock(join(shelf, '.lock'), {}, async () => {
    const onPhase = (phase: BuildPhase) => {
      if (phase === 'waiting') controller.abort();
    };
    await expect(build({ onPhase, signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});

test('explains a missing Go and one that is too old', async () => {
  await expect(findGo({ PATH: shelf })).rejects.toMatchObject({ code: 'go-missing' });
  await writeFile(join(shelf, 'go'), '#!/bin/sh\necho go version go1.22.1 linux/amd64\n', { mode: 0o755 });
  await expect(findGo({ PATH: shelf })).rejects.toMatchObject({
    code: 'go-too-old',
    message: expect.stringContaining('Go 1.22.1 is on PATH; Go 1.26 or newer is needed'),
  });
});
