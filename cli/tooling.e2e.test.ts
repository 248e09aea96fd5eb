import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStormproof, processesThatMention, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';
import { repositoryRoot } from './paths.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tooling-'));
});
afterEach(async () => {
  expect(await processesThatMention(place)).toEqual([]);
  rmSync(place, { recursive: true });
});

/** Runs a command line that is expected to fail at once. */
function refusal(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const program = join(repositoryRoot, 'stormproof');
  const env = { ...process.env, ...environment };
  const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8' });
  // A stack would be for us, not for who has a full disk.
  expect(stderr).not.toMatch(/^ {4}at /m);
  return { status, stderr };
}

describe('what is missing is named, and nothing is started', () => {
  test('a program that is not where it should be', () => {
    const { status, stderr } = refusal(['up', '--dir', place], {
      STORMPROOF_NATS_SERVER: '/no/such/program',
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('/no/such/program')]);
    expect(stderr).toContain('STORMPROOF_NATS_SERVER');
  });

  test('a state directory that is a file', () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    const { status, stderr } = refusal(['up', '--dir', file]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${file} is no directory`)]);
  });

  test.each([
    'audit',
    'dlq ls',
    'slo status',
    'keys rotate',
    'restore backup --in-place',
    'backup backup --from-disk-of nats-0',
  ])('a platform, for `%s`', (words) => {
    const { status, stderr } = refusal([...words.split(' '), '--dir', place]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/no platform was started in .*start one|is no manifest of a backup/);
  });

  test('a backup of a platform that does not run', () => {
    const { status, stderr } = refusal(['backup', join(place, 'backup'), '--dir', place]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('start one (`up`)')]);
  });
});

/** Linux lets only root mount. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

describe.runIf(mayMount)('a disk without space', () => {
  let disk: string;
  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), 'small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
  });
  afterEach(async () => {
    expect(await processesThatMention(disk)).toEqual([]);
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  test('is told before anything is started, with what is needed', () => {
    const { status, stderr } = refusal(['up', '--dir', disk]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/1 MiB of disk space left; at least 1024 MiB/),
    ]);
  });

  test('is told also where not a byte is left, and `down` is done all the same', () => {
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=64k'], { stdio: 'ignore' });
    const { status, stderr } = refusal(['up', '--dir', disk]);
    expect([status, stderr]).toEqual([expect.toBeOneOf([1, 2]), expect.stringMatching(/space|full/)]);
    expect(refusal(['down', '--dir', disk]).status).toBe(0);
  });
});

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('two at once, and an end in the middle', () => {
  let stormproof: Stormproof;
  beforeEach(async () => {
    stormproof = await createStormproof();
  });
  afterEach(() => stormproof.cleanUp());

  test('one of two starts wins, the other says who is at work; again, it has nothing to do', async () => {
    const both = await Promise.all([stormproof.run('up'), stormproof.run('up')]);
    const loser = both.find(({ exitCode }) => exitCode !== 0);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    expect(loser?.stderr).toMatch(/another run or `up` \(process \d+\) is at work/);
    expect((await stormproof.run('up')).exitCode).toBe(0);
    expect((await stormproof.run('status')).exitCode).toBe(0);
  });

  test('a start that is interrupted leaves nothing behind, and can be made again', async () => {
    const { process: started, finished } = stormproof.start('up');
    await until(
      'something of it runs',
      async () => (await processesThatMention(stormproof.stateDir)).length > 3,
    );
    started.kill('SIGINT');
    const { exitCode, stderr } = await finished;
    expect([exitCode, stderr]).toEqual([12, expect.stringContaining('nothing was left running')]);
    expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
    expect((await stormproof.run('up')).exitCode).toBe(0);
  });
});
