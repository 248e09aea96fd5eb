import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findGo } from './build.ts';
import { runProgram } from './process.ts';

/** Modules that hold programs of our own, with tests of their own. */
async function testedModules(): Promise<readonly string[]> {
  const modules = join(import.meta.dirname, 'modules');
  const files = await readdir(modules, { recursive: true });
  return [
    ...new Set(files.filter((file) => file.endsWith('_test.go')).map((file) => file.split('/')[0] ?? '')),
  ];
}

test.each(await testedModules())('%s passes its own tests, in Go', async (module) => {
  const { path } = await findGo(process.env);
  const options = { env: process.env, cwd: join(import.meta.dirname, 'modules', module) };
  for (const args of [
    ['vet', './...'],
    ['test', './...'],
  ]) {
    const { exitCode, output } = await runProgram(path, args, options);
    expect(exitCode, output).toBe(0);
  }
});
