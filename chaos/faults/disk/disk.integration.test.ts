import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toyTopology } from '../../../targets/local/fixtures/topology.ts';
import { createLocalTarget, type LocalTarget, problemsOfDisks } from '../../../targets/local/index.ts';
import { ensureTools } from '../../../tools/index.ts';
import type { BrokerSpec } from '../../../topology/model.ts';
import { withBrokers } from '../../core/brokers.ts';
import { completeRequest, type FaultKind } from '../../core/fault.ts';
import { diskFaults } from './index.ts';
import { disksSweep } from './sweep.ts';

const stream = 'TOYS';
const deadlineMs = 60_000;

/** Three brokers on disks that can fail, and nothing else. */
async function createBrokers(
  folder: string,
  options: { readonly syncInterval: BrokerSpec['syncInterval']; readonly disks: boolean },
): Promise<LocalTarget> {
  const { brokers, streams, edges } = toyTopology;
  return createLocalTarget({
    topology: {
      brokers: { ...brokers, syncInterval: options.syncInterval },
      streams,
      consumers: [],
      services: [],
      edges: edges.filter(({ from }) => from === 'nats'),
    },
    runDir: join(folder, 'run'),
    tools: await ensureTools(['nats-server', 'faultfs'], { env: process.env }),
    chaos: false,
    disks: options.disks,
  });
}

/** Publishes until so many messages are acknowledged. */
async function publish(target: LocalTarget, messages: number): Promise<void> {
  await withBrokers(target, { reconnectsMax: -1 }, async (connection) => {
    const client = jetstream(connection, { timeout: 1_000 });
    const deadline = performance.now() + deadlineMs;
    for (let acknowledged = 0; acknowledged < messages; ) {
      const isAcknowledged = await client.publish('toys', 'a ball').then(
        () => true,
        () => false,
      );
      if (isAcknowledged) acknowledged += 1;
      else if (performance.now() < deadline) await sleep(100);
      else throw new Error(`only ${acknowledged} messages were acknowledged`);
    }
  });
}

/** How many messages are stored; none when the stream itself is lost. */
async function stored(target: LocalTarget): Promise<number> {
  return withBrokers(target, { reconnectsMax: -1 }, async (connection) => {
    const manager = await jetstreamManager(connection, { timeout: 2_000, checkAPI: false });
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      try {
        return (await manager.streams.info(stream)).state.messages;
      } catch (error) {
        if ((error as Error).message.includes('stream not found')) return 0;
        if (performance.now() >= deadline) throw error;
        await sleep(100);
      }
    }
  });
}

async function untilHealed(kind: FaultKind<never>, target: LocalTarget, victim: object): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const residue = await kind.residue(target, victim as never);
    if (residue.length === 0) return;
    if (performance.now() >= deadline) throw new Error(residue.join('; '));
    await sleep(100);
  }
}

const leader = { leaderOf: stream };
const cases = [
  { fault: 'power-loss', request: { brokers: 'all', isTorn: true } },
  { fault: 'disk-full', request: { instance: leader } },
  { fault: 'disk-errors', request: { instance: leader, operation: 'write' } },
  { fault: 'disk-errors', request: { instance: leader, operation: 'fsync', pathContains: 'streams/TOYS/' } },
  { fault: 'disk-errors', request: { instance: leader, operation: 'read' } },
  { fault: 'slow-fsync', request: { instance: leader, delayMs: 200 } },
  { fault: 'bit-flip', request: { instance: leader, stream } },
] as const;

const problems = problemsOfDisks();

if (problems.length > 0) {
  test('a platform with disks that can fail is refused, with the reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stormproof-disk-faults-'));
    const target = await createBrokers(folder, { syncInterval: 'always', disks: true });
    await expect(target.up()).rejects.toThrow(problems[0]);
    await rm(folder, { recursive: true });
  });
} else {
  describe('brokers that fsync every write', () => {
    let folder: string;
    let target: LocalTarget;
    /** Acknowledged in all tests so far. */
    let acknowledged = 0;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stormproof-disk-faults-'));
      target = await createBrokers(folder, { syncInterval: 'always', disks: true });
      await target.up();
    });

    afterAll(async () => {
      await target.down({ deleteData: true });
      await rm(folder, { recursive: true });
    });

    afterEach(async () => {
      expect((await disksSweep.look(target)).wrong).toEqual([]);
    });

    test.each(cases)(
      '$fault $request is proven, healed, and costs no message',
      async ({ fault, request }) => {
        const kind = diskFaults[fault] as FaultKind<never>;
        await publish(target, 50);
        const victim = JSON.parse(
          JSON.stringify(await kind.resolve(target, completeRequest(kind, request as never))),
        );
        const unharmed = await kind.observe(target, victim);
        expect(await unharmed.prove()).toMatchObject({ acted: false });

        const observation = await kind.observe(target, victim);
        await kind.inject(target, victim);
        expect(await observation.prove()).toMatchObject({ acted: true });
        await kind.heal(target, victim);
        await kind.heal(target, victim);
        await untilHealed(kind, target, victim);
        await publish(target, 50);
        acknowledged += 100;
        expect(await stored(target)).toBeGreaterThanOrEqual(acknowledged);
      },
    );

    test('a disk that nobody healed is found and mended by the sweep', async () => {
      const kind = diskFaults['slow-fsync'];
      await kind.inject(target, { instance: 'nats-1', role: '', delayMs: 100 });
      const { looked, wrong } = await disksSweep.look(target);
      expect(looked).toEqual(['disk of nats-0', 'disk of nats-1', 'disk of nats-2']);
      expect(wrong).toEqual(['the disk of nats-1 still has slow-fsync']);
      await disksSweep.heal(target);
    });
  });

  test('brokers that fsync every two minutes lose acknowledged messages with their power', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stormproof-disk-faults-'));
    const target = await createBrokers(folder, { syncInterval: '2m', disks: true });
    try {
      await target.up();
      await publish(target, 100);
      const victim = await diskFaults['power-loss'].resolve(target, { brokers: 'all', isTorn: false });
      await diskFaults['power-loss'].inject(target, victim);
      await diskFaults['power-loss'].heal(target, victim);
      await untilHealed(diskFaults['power-loss'], target, victim);
      expect(await stored(target)).toBeLessThan(100);
    } finally {
      await target.down({ deleteData: true });
      await rm(folder, { recursive: true });
    }
  });
}

test('a platform without such disks refuses their faults, and says what it takes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stormproof-disk-faults-'));
  const target = await createBrokers(folder, { syncInterval: 'always', disks: false });
  await expect(diskFaults['disk-full'].resolve(target, { instance: 'nats-0', leftKib: 0 })).rejects.toThrow(
    'the disk of nats-0 cannot be made to fail',
  );
  await rm(folder, { recursive: true });
});
