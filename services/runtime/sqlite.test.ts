import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isBusy, ownDirectory } from './sqlite.ts';

test('a directory has one owner, until it is released', () => {
  const directory = mkdtempSync(join(tmpdir(), 'owned-'));
  try {
    const owner = ownDirectory(join(directory, 'data'), 0);
    let refusal: unknown;
    try {
      ownDirectory(join(directory, 'data'), 0);
    } catch (error) {
      refusal = error;
    }
    expect(isBusy(refusal)).toBe(true);
    owner.release();
    ownDirectory(join(directory, 'data'), 0).release();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
