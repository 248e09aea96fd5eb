import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeDirectory, removeFiles } from './files.ts';
import { layoutOf } from './layout.ts';

async function filledLayout() {
  const layout = layoutOf(await mkdtemp(join(tmpdir(), 'stormproof-files-')));
  onTestFinished(() => rm(layout.runDir, { recursive: true, force: true }));
  const paths = Object.values(layout).filter((path) => path.startsWith(`${layout.runDir}/`));
  for (const path of paths) await mkdir(path);
  for (const path of [layout.lock, layout.stateFile]) await rm(path, { recursive: true });
  await writeFile(layout.lock, '');
  return layout;
}

test('leaves nothing of a node', async () => {
  const layout = await filledLayout();
  await removeFiles(layout);
  expect(existsSync(layout.lock)).toBe(true);
  await removeDirectory(layout);
  expect(existsSync(layout.runDir)).toBe(false);
});

test('leaves what is no part of a node', async () => {
  const layout = await filledLayout();
  const other = join(layout.runDir, 'thesis.tex');
  await writeFile(other, 'draft');
  await removeFiles(layout);
  await removeDirectory(layout);
  expect(existsSync(other)).toBe(true);
});
