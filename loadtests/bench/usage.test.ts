import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskBytesBelow, shareBytes, shareCpu } from './usage.ts';

const reading = (...rows: readonly (readonly [name: string, incarnation: string, cpuUs: number])[]) =>
  new Map(rows.map(([name, incarnation, cpuUs]) => [name, { incarnation, cpuUs }]));

it('is what each process used meanwhile, shared by the orders', () => {
  const before = reading(['order-0', '7@1', 1_000], ['nats-0', '8@1', 0]);
  const after = reading(['order-0', '7@1', 51_000], ['nats-0', '8@1', 2_000]);
  expect(shareCpu(before, after, 1_000)).toEqual({ 'order-0': 50, 'nats-0': 2 });
});

it('refuses a process that was restarted: its time began anew', () => {
  const before = reading(['order-0', '7@1', 1_000]);
  expect(() => shareCpu(before, reading(['order-0', '9@5', 10]), 1)).toThrow('order-0 was restarted');
});

it('refuses a process that ended or began meanwhile: without it the platform would seem cheaper', () => {
  const one = reading(['order-0', '7@1', 1_000]);
  const two = reading(['order-0', '7@1', 1_000], ['nats-0', '8@1', 0]);
  expect(() => shareCpu(two, one, 1)).toThrow('nats-0 ended');
  expect(() => shareCpu(one, two, 1)).toThrow('nats-0 was started');
});

it('tells messages apart from logs that are compacted now and then', () => {
  const before = { streams: 0, brokerFiles: 9_000_000, databases: 4_096 };
  const after = { streams: 1_500_000, brokerFiles: 2_500_000, databases: 204_096 };
  expect(shareBytes(before, after, 1_000)).toEqual({ streams: 1_500, brokersOther: -8_000, databases: 200 });
});

it('counts the bytes of files on disk, in folders as well, and nothing where there is nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-bench-usage-'));
  try {
    await mkdir(join(directory, 'inner'));
    await writeFile(join(directory, 'a'), Buffer.alloc(10_000, 1));
    await writeFile(join(directory, 'inner', 'b'), Buffer.alloc(10_000, 1));
    expect(await diskBytesBelow(directory)).toBeGreaterThanOrEqual(20_000);
    expect(await diskBytesBelow(join(directory, 'missing'))).toBe(0);
  } finally {
    await rm(directory, { recursive: true });
  }
});
