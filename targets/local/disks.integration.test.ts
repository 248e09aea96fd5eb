import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { connectToBrokers } from '../brokers.ts';
import { mountsBelow, problemsOfDisks } from './disks.ts';
import { toyTopology } from './fixtures/topology.ts';
import { createLocalTarget } from './index.ts';
import { findMarked } from './process.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-disks-'));
const runDir = join(folder, 'run');
const tools = await ensureTools(['nats-server', 'faultfs'], { env: process.env });
const target = createLocalTarget({ topology: toyTopology, runDir, tools, chaos: false, disks: true });
const mounts = () => mountsBelow(runDir, readFileSync('/proc/self/mountinfo', 'utf8'));

afterAll(async () => {
  await target.down({ deleteData: true });
  expect(mounts()).toEqual([]);
  expect(findMarked(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

const problems = problemsOfDisks();

if (problems.length === 0) {
  describe('a platform whose brokers keep their files on disks that can fail', () => {
    it('stores what is published, where the brokers see it', async () => {
      await target.up();
      expect(mounts()).toHaveLength(3);
      const connection = await connectToBrokers(target);
      await jetstream(connection).publish('toys', 'ball');
      await connection.close();
      const disk = await target.disk('nats-1');
      expect(await readdir(join(disk?.directory ?? '', 'jetstream'))).toContain('$G');
      expect(await target.disk('toy-0')).toBeUndefined();
    });

    it('keeps it when everything is stopped and started', async () => {
      await target.down();
      expect(mounts()).toEqual([]);
      await target.up();
      const connection = await connectToBrokers(target);
      const manager = await jetstreamManager(connection);
      expect((await manager.streams.info('TOYS')).state.messages).toBe(1);
      await connection.close();
    });

    it('leaves no mount behind when disks were killed', async () => {
      await target.kill('disk-0');
      await expect(readdir((await target.disk('nats-0'))?.directory ?? '')).rejects.toThrow('ENOTCONN');
      await target.down();
      expect(mounts()).toEqual([]);
    });
  });
} else {
  it('says why there can be no disks that fail', async () => {
    await expect(target.up()).rejects.toThrow(problems[0]);
  });
}
