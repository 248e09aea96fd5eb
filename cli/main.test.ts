import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { partsOf } from '../infra/manifests/index.ts';
import { renderParts } from '../infra/render.ts';
import { loadStack } from './stack.ts';

/** A whole command line is started, on a machine that may be busy. */
const patient = { timeout: 60_000 };

/** Its result is longer than what a pipe holds (64 KiB). */
const render = () => {
  const main = `${import.meta.dirname}/main.ts`;
  return spawn(process.execPath, [main, 'render', '--stack', 'chaos'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
};

it('writes all of a long result, however slowly it is read', patient, async () => {
  const { stdout } = render();
  await once(stdout, 'readable');
  // Not a wait for something to be ready: the reader is to be slower than the writer.
  await sleep(200);
  const files = renderParts(partsOf(await loadStack('chaos')));
  expect(await text(stdout)).toBe(files.map((file) => file.text).join(''));
});

it('ends when nobody reads its result any more', patient, async () => {
  const command = render();
  await once(command.stdout, 'readable');
  command.stdout.destroy();
  expect(await once(command, 'close')).toEqual([0, null]);
});
