import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../../runtime/index.ts';
import { type DailyUsage, openDailyUsage } from './daily-usage.ts';

const log = createLog({ service: 'order', instance: 'test', level: 'silent' });
const noon = Date.UTC(2026, 10, 22, 12);
let directory: string;
let path: string;
let nowMs = noon;
const opened: DailyUsage[] = [];

beforeEach(async () => {
  nowMs = noon;
  directory = await mkdtemp(join(tmpdir(), 'stormproof-usage-'));
  path = join(directory, 'usage.json');
});
afterEach(async () => {
  for (const usage of opened.splice(0)) await usage.stop();
  await rm(directory, { recursive: true });
});

function open(): DailyUsage {
  const usage = openDailyUsage({ path, log, nowMs: () => nowMs });
  opened.push(usage);
  return usage;
}

it('counts by client and by day of UTC', () => {
  const usage = open();
  for (let n = 0; n < 3; n++) usage.add('shop');
  expect([usage.used('shop'), usage.used('other'), usage.secondsLeft()]).toEqual([3, 0, 43_200]);
  nowMs += 12 * 3_600_000 - 1;
  expect([usage.used('shop'), usage.secondsLeft()]).toEqual([3, 1]);
  nowMs += 1;
  expect([usage.used('shop'), usage.secondsLeft()]).toEqual([0, 86_400]);
});

it('goes on after a restart with what it had counted, on the same day', async () => {
  const usage = open();
  usage.add('shop');
  await usage.stop();
  expect(open().used('shop')).toBe(1);
  nowMs += 24 * 3_600_000;
  expect(open().used('shop')).toBe(0);
});

it.each(['', '{', 'null', '{"day":1}', '{"day":1,"used":{"shop":"many"}}'])(
  'begins anew after %j',
  async (text) => {
    await writeFile(path, text);
    const usage = open();
    expect(usage.used('shop')).toBe(0);
    usage.add('shop');
    await usage.stop();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ used: { shop: 1 } });
  },
);

it('counts on where nothing can be written', async () => {
  const usage = openDailyUsage({ path: join(directory, 'none', 'usage.json'), log, nowMs: () => nowMs });
  usage.add('shop');
  await usage.stop();
  expect(usage.used('shop')).toBe(1);
});
