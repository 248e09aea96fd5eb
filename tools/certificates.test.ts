import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAuthority } from './certificates.ts';
import { ToolError } from './errors.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificates-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('says that OpenSSL is missing, and leaves nothing behind', async () => {
  const failure = await createAuthority('ca', { directory, env: { PATH: directory } }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ToolError);
  expect(failure).toMatchObject({ message: expect.stringContaining('openssl is missing on PATH') });
  expect(await readdir(directory)).toEqual([]);
});
