import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AttemptRecord, clientOutcomes, openHistory } from '../../verdict/index.ts';
import { historyFile, writeManifest } from './manifest.ts';
import { HistoryWriter } from './writer.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-writer-'));
});
afterEach(() => rm(directory, { recursive: true }));

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const answer = fc.record({
  status: fc.constantFrom(0, 201, 422, 503, 504),
  isDefinite: fc.boolean(),
  sentAfterUs: uint32,
  answeredAfterUs: uint32,
});
const orderId = fc
  .array(fc.integer({ min: 0, max: 15 }), { minLength: 32, maxLength: 32 })
  .map((digits) => digits.map((digit) => digit.toString(16)).join(''));
const record: fc.Arbitrary<AttemptRecord> = fc
  .record({
    index: uint32,
    outcome: fc.constantFrom(...clientOutcomes),
    orderId,
    streamSequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    intendedAtUs: fc.integer({ min: 0, max: 2 ** 45 }),
    answers: fc.array(answer, { minLength: 1, maxLength: 12 }),
  })
  .map((one) => (one.outcome === 'accepted' ? one : { ...one, orderId: undefined, streamSequence: 0 }));

it('writes what the ledger reads back, wherever chunks end and flushes fall', async () => {
  const steps = fc.array(
    fc.oneof({ weight: 5, arbitrary: record }, { weight: 1, arbitrary: fc.constant('flush') }),
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 8, max: 700 }), async (all, chunkBytes) => {
      const runDirectory = await mkdtemp(join(directory, 'run-'));
      await writeManifest(runDirectory, {
        ...{ runId: 'r', client: 'recorder', clientId: 'c', rate: 1, durationSeconds: 1 },
        ...{ planned: 1, seed: 1, startedAtMs: 0 },
      });
      const writer = await HistoryWriter.create(join(runDirectory, historyFile), chunkBytes);
      const written: AttemptRecord[] = [];
      for (const step of all) {
        if (typeof step === 'string') {
          await writer.flush();
          continue;
        }
        writer.append(step);
        written.push(step);
      }
      await writer.close();
      const read: AttemptRecord[] = [];
      for await (const batch of (await openHistory(runDirectory)).batches()) read.push(...batch);
      expect(read).toEqual(written);
    }),
    { numRuns: 60 },
  );
});

it('refuses to write over another run', async () => {
  const path = join(directory, historyFile);
  await (await HistoryWriter.create(path)).close();
  await expect(HistoryWriter.create(path)).rejects.toThrow('EEXIST');
});

it('reports a write that fails, then writes no more', async () => {
  const writer = new HistoryWriter(await open('/dev/full', 'w'));
  await expect(writer.flush()).rejects.toThrow('ENOSPC');
  await expect(writer.close()).rejects.toThrow('ENOSPC');
});
