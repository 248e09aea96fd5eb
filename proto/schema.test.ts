import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const binaries = join(import.meta.dirname, '../node_modules/.bin');
const schemaFile = 'orders/v1/orders.proto';

/** A copy of proto/ that a test may spoil. */
let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'stormproof-proto-'));
  await cp(import.meta.dirname, copy, { recursive: true });
});
afterEach(() => rm(copy, { recursive: true, force: true }));

const buf = (...args: string[]) =>
  promisify(execFile)(join(binaries, 'buf'), args, {
    cwd: copy,
    env: { ...process.env, PATH: `${binaries}:${process.env.PATH}` },
  });

async function change(from: string, to: string): Promise<void> {
  const file = join(copy, schemaFile);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

const breaking = () => buf('breaking', '--against', 'baseline/orders.binpb');

test('the schema keeps the rules and breaks nothing of the baseline', async () => {
  await buf('lint');
  await breaking();
});

test.each([
  ['a field that got another number', '\n  string customer_id = 2;', '\n  string customer_id = 18;'],
  ['a field that got another type', 'string currency = 11;', 'bytes currency = 11;'],
  ['a field that was removed', '  string run_id = 16;\n', ''],
  ['a state that got another number', 'TERMINAL_STATE_CONFLICT = 3', 'TERMINAL_STATE_CONFLICT = 5'],
])('%s is noticed', async (_what, from, to) => {
  await change(from, to);
  await expect(breaking()).rejects.toMatchObject({ stdout: expect.stringContaining(schemaFile) });
});

test('a new field breaks nothing', async () => {
  await change('string run_id = 16;', 'string run_id = 16;\n  string channel = 40;');
  await breaking();
});

test('the generated code is that of the schema', async () => {
  await buf('generate');
  const files = (await readdir(join(import.meta.dirname, 'gen'), { recursive: true })).filter((name) =>
    name.includes('_pb.'),
  );
  expect(files).toHaveLength(2);
  for (const file of files) {
    const [committed, generated] = await Promise.all(
      [import.meta.dirname, copy].map((root) => readFile(join(root, 'gen', file), 'utf8')),
    );
    expect(generated).toBe(committed);
  }
});
