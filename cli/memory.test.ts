import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { run } from '../services/runtime/fixtures/processes.ts';
import { growthPerMinute, type MemorySample, watchMemory } from './fixtures/memory.ts';

const mebibyte = 1024 ** 2;
const seconds = 600;

/** Ten minutes of memory, looked at every second. */
const history = (mebibytesAt: (second: number) => number): readonly MemorySample[] =>
  Array.from({ length: seconds }, (_, second) => ({
    atMs: second * 1_000,
    rssBytes: mebibytesAt(second) * mebibyte,
  }));

const perMinute = (samples: readonly MemorySample[]) => growthPerMinute(samples) / mebibyte;

describe('the growth of memory', () => {
  test.each<[string, (second: number) => number, number]>([
    ['stands', () => 100, 0],
    ['is let lie and fetched by a collector', (second) => 100 + (second % 20), 0],
    ['grows to what is needed, and stands then', (second) => Math.min(100 + second, 250), 0],
    ['makes one step', (second) => (second < 450 ? 100 : 130), 0],
    ['leaks', (second) => 100 + second / 60, 1],
    ['leaks amid what is let lie', (second) => 100 + second / 10 + (second % 20), 6],
  ])('of a process whose memory %s', (_, mebibytesAt, expected) => {
    expect(perMinute(history(mebibytesAt))).toBeCloseTo(expected, 0);
  });

  test('is not told of two samples', () => {
    expect(() => growthPerMinute(history(() => 100).slice(0, 2))).toThrow('too few samples');
  });

  test('is seen of a program that leaks', async () => {
    const leak = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(512 * 1024, 1)), 10)';
    const leaking = run(process.execPath, ['-e', leak]);
    const watch = watchMemory({ leaking }, 20);
    await sleep(1_500);
    const samples = watch.stop().leaking ?? [];
    await leaking.end('SIGKILL');
    // 50 MiB a second, where the machine lets it.
    expect(perMinute(samples)).toBeGreaterThan(100);
  });
});
