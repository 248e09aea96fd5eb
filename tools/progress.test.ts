import { expect, test } from 'vitest';
import { programs } from './programs.ts';
import { createBuildDisplay } from './progress.ts';

const { build } = programs.k6;

function display(isTerminal: boolean) {
  const clock = { ms: 0 };
  let text = '';
  const made = createBuildDisplay({
    write: (part) => {
      text += part;
    },
    isTerminal,
    nowMs: () => clock.ms,
  });
  return { ...made, clock, text: () => text };
}

test('says nothing when nothing is built', () => {
  const { close, text } = display(true);
  close();
  expect(text()).toBe('');
});

test('writes a line at the start and the end of a build where there is no terminal', () => {
  const { onProgress, close, clock, text } = display(false);
  onProgress({ build, state: 'queued' });
  onProgress({ build, state: 'compiling' });
  onProgress({ build, state: 'downloading' });
  clock.ms = 61_000;
  onProgress({ build, state: 'done' });
  close();
  const lines = text().trimEnd().split('\n').slice(1);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('k6 2.2.0');
  expect(lines[0]).toContain('compiling 0 s (about 120 s on two cores)');
  expect(lines[1]).toContain('built 61 s');
});

test('redraws its lines in place on a terminal', () => {
  const { onProgress, close, text } = display(true);
  onProgress({ build, state: 'queued' });
  onProgress({ build: programs.jaeger.build, state: 'queued' });
  onProgress({ build, state: 'failed' });
  close();
  expect(text()).toContain('\u001b[2A');
  const lastDrawing = text().slice(text().lastIndexOf('\u001b[2A'));
  expect(lastDrawing).toContain('k6 2.2.0');
  expect(lastDrawing).toContain('failed');
  expect(lastDrawing).toContain('jaeger 2.13.0');
});
