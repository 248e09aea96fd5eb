import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isBusy, ownDirectory } from './sqlite.ts';

let folder: string;
let directory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'owned-'));
  directory = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a directory has one owner, until it is released', () => {
  const owner = ownDirectory(directory, 0, () => 'opened');
  expect(owner.opened).toBe('opened');
  let refusal: unknown;
  try {
    ownDirectory(directory, 0, () => undefined);
  } catch (error) {
    refusal = error;
  }
  expect(isBusy(refusal)).toBe(true);
  owner.release();
  ownDirectory(directory, 0, () => undefined).release();
});

test('a directory whose contents could not be opened has no owner', () => {
  const fail = () => {
    throw new Error('damaged');
  };
  expect(() => ownDirectory(directory, 0, fail)).toThrow('damaged');
  ownDirectory(directory, 0, () => undefined).release();
});
