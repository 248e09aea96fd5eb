import { expect, it } from 'vitest';
import { parseRecorderArguments, renderRecorderArguments } from './arguments.ts';

const options = {
  urls: ['http://127.0.0.1:20001', 'http://[::1]:20002'],
  runId: 'run-1',
  clientId: 'client.a',
  rate: 2.5,
  durationSeconds: 60,
  shape: {
    name: 'up',
    phases: [{ name: 'up', startRate: 1, endRate: 4, durationMs: 60_000, isJudged: true }],
  },
  share: { index: 1, count: 3 },
  seed: 9,
  outDir: '/tmp/with space/=run',
  retry: { deadlineMs: 1_000, backOffMsMin: 0, backOffMsMax: 0, retryAfterMsMax: 0 },
  limits: { connectionsMax: 4, burstMax: 8, outstandingMax: 16, lateMsMax: 20 },
};

it('reads back the arguments that it renders', () => {
  expect(parseRecorderArguments(renderRecorderArguments(options))).toEqual({ options, isJson: false });
  expect(parseRecorderArguments([...renderRecorderArguments(options), '--json-progress'])).toMatchObject({
    isJson: true,
  });
});

it('reports everything that is wrong together', () => {
  const { problems } = parseRecorderArguments([
    '--urls=https://x,nonsense',
    '--run-id=a b',
    '--rate=fast',
    '--seed=1.5',
  ]);
  expect(problems).toEqual([
    '--urls "https://x": expected http://host:port',
    '--urls "nonsense": expected http://host:port',
    '--run-id "a b": expected 1-64 of A-Z a-z 0-9 . _ -',
    '--out-dir "": expected a directory',
    '--rate "fast": expected a number >= 0.001',
    '--duration is missing',
    '--seed "1.5": expected a whole number >= 0',
  ]);
});

it.each([
  'no JSON',
  '{"name":"x"}',
  '{"name":"x","phases":[]}',
  '{"name":"x","phases":[{"startRate":-1}]}',
  'null',
])('refuses the shape %s', (shape) => {
  const { problems } = parseRecorderArguments([...renderRecorderArguments(options), `--shape=${shape}`]);
  expect(problems).toEqual([expect.stringMatching(/^--shape: expected /)]);
});

it.each(['1', '2/2', '-1/2', '0/0', 'a/b', '1/2/3'])('refuses the share %s', (share) => {
  const { problems } = parseRecorderArguments([...renderRecorderArguments(options), `--share=${share}`]);
  expect(problems).toEqual([expect.stringMatching(/^--share .*: expected INDEX\/COUNT/)]);
});

it('refuses an unknown flag', () => {
  expect(parseRecorderArguments(['--speed=1']).problems).toHaveLength(1);
});
