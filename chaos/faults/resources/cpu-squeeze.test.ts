import { expect, test } from 'vitest';
import { judgeLooks } from './cpu-squeeze.ts';

const running = { name: 'psp-0', incarnation: '7', state: 'running' } as const;
const paused = { ...running, state: 'paused' } as const;

/** Of ten looks, so many that found it stopped. */
const looks = (stopped: number) => Array.from({ length: 10 }, (_, at) => (at < stopped ? paused : running));

test.each([
  ['found stopped half as often as its share says', looks(4), true],
  ['found stopped more often', looks(9), true],
  ['hardly found stopped', looks(3), false],
  ['always found stopped, as when it is paused', looks(10), false],
  ['found to be another process', [...looks(5), { ...running, incarnation: '8' }], false],
])('squeezed to 20 %% of the time, a process is %s', (_what, seen, acted) => {
  expect(judgeLooks(running, seen, 0.2).acted).toBe(acted);
});
