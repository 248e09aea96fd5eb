import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptRecord, RunManifest } from './history.ts';
import { answerBytes, encodeRecord, historyMagic, recordHeaderBytes } from './history.ts';
import { attemptFact, historyState, openHistory } from './ledger/read/history.ts';

const manifest: RunManifest = {
  runId: 'r1',
  client: 'recorder',
  clientId: 'stormproof-load',
  rate: 1_000,
  durationSeconds: 60,
  planned: 60_000,
  seed: 7,
  startedAtMs: 1_700_000_000_000,
};

const u32 = fc.nat({ max: 2 ** 32 - 1 });
const recordArbitrary: fc.Arbitrary<AttemptRecord> = fc
  .record({
    index: u32,
    outcome: fc.constantFrom('accepted' as const, 'refused' as const, 'unknown' as const),
    id: fc.stringMatching(/^[1-9a-f][0-9a-f]{31}$/),
    streamSequence: fc.nat(),
    intendedAtUs: fc.nat(),
    answers: fc.array(
      fc.record({
        status: fc.nat({ max: 599 }),
        isDefinite: fc.boolean(),
        sentAfterUs: u32,
        answeredAfterUs: u32,
        retryAfterSeconds: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 255 },
    ),
  })
  .map(({ id, answers, ...record }) => ({
    ...record,
    orderId: record.outcome === 'accepted' ? id : undefined,
    answers: answers.map(({ retryAfterSeconds, ...answer }) => {
      return retryAfterSeconds === undefined ? answer : { ...answer, retryAfterSeconds };
    }),
  }));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-history-'));
  await writeFile(join(directory, 'run.json'), JSON.stringify(manifest));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function encode(records: readonly AttemptRecord[]): Buffer {
  const size = records.reduce(
    (sum, { answers }) => sum + recordHeaderBytes + answers.length * answerBytes,
    0,
  );
  const bytes = Buffer.alloc(historyMagic.length + size);
  bytes.set(historyMagic);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  records.reduce((offset, record) => encodeRecord(view, offset, record), historyMagic.length);
  return bytes;
}

async function readBack(bytes: Uint8Array): Promise<AttemptRecord[]> {
  await writeFile(join(directory, 'history.bin'), bytes);
  const { batches } = await openHistory(directory);
  const records: AttemptRecord[] = [];
  for await (const batch of batches()) records.push(...batch);
  return records;
}

describe('a client history', () => {
  it('reads back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(recordArbitrary, { maxLength: 20 }), async (records) => {
        expect(await readBack(encode(records))).toEqual(records);
      }),
      { numRuns: 30 },
    );
  });

  it('reads records that lie across the pieces in which a large file is read', async () => {
    const records = Array.from({ length: 50_000 }, (_, index) => accepted(index));
    const read = await readBack(encode(records));
    expect(read).toHaveLength(50_000);
    expect(read.every(({ index }, at) => index === at)).toBe(true);
  });

  it('yields the whole records of a file that ends anywhere', async () => {
    const records = [accepted(0), accepted(1), accepted(2)];
    const bytes = encode(records);
    for (let length = 0; length < bytes.length; length += 7) {
      const wholeRecords = Math.max(
        0,
        Math.floor((length - historyMagic.length) / (recordHeaderBytes + answerBytes)),
      );
      expect(await readBack(bytes.subarray(0, length))).toEqual(records.slice(0, wholeRecords));
    }
  });

  it('refuses what is no history, and says when it is damaged', async () => {
    await expect(readBack(Buffer.from('something else'))).rejects.toMatchObject({ code: 'not-a-history' });
    const damaged = encode([accepted(0), accepted(1)]);
    damaged.fill(0xff, historyMagic.length + recordHeaderBytes + answerBytes);
    await expect(readBack(damaged)).rejects.toMatchObject({ code: 'damaged' });
    await writeFile(join(directory, 'run.json'), '{"runId":');
    await expect(openHistory(directory)).rejects.toMatchObject({ code: 'not-a-history' });
  });
});

describe('attemptFact', () => {
  it('derives who the order is from the workload, and keeps what the answer said apart', () => {
    const fact = attemptFact(manifest, accepted(3));
    expect(fact).toMatchObject({
      index: 3,
      outcome: 'accepted',
      answeredId: 'a'.repeat(32),
      answeredPosition: 4,
    });
    expect(fact.orderId).toMatch(/^[0-9a-f]{32}$/);
    expect(fact.orderId).not.toBe(fact.answeredId);
  });

  it('counts as able to store only sends that were accepted or left open', () => {
    const answers = [answer(503, true), answer(504, false), answer(0, false), answer(201, true)];
    expect(attemptFact(manifest, { ...accepted(0), answers })).toMatchObject({ sends: 4, storableSends: 3 });
  });

  it('takes a refusal for definite only when every answer was', () => {
    const refused: AttemptRecord = {
      ...accepted(0),
      outcome: 'refused',
      orderId: undefined,
      streamSequence: 0,
    };
    expect(attemptFact(manifest, { ...refused, answers: [answer(503, true)] }).outcome).toBe('refused');
    const open = [answer(504, false), answer(503, true)];
    expect(attemptFact(manifest, { ...refused, answers: open }).outcome).toBe('unknown');
  });
});

describe('historyState', () => {
  const finished = { endedAtMs: 1, attempted: 10, dropped: 0, cpuUs: 1, wasInterrupted: false };

  it.each([
    ['the generator finished and recorded all', { ...manifest, finished }, 10, 10, 'whole'],
    ['the generator died', manifest, 10, 10, 'part'],
    ['records are missing', { ...manifest, finished }, 9, 9, 'part'],
    ['an order was recorded twice', { ...manifest, finished }, 10, 9, 'part'],
  ] as const)('when %s', (_, of, records, orders, kind) => {
    expect(historyState(of, records, orders).kind).toBe(kind);
  });
});

function accepted(index: number): AttemptRecord {
  return {
    index,
    outcome: 'accepted',
    orderId: 'a'.repeat(32),
    streamSequence: index + 1,
    intendedAtUs: index * 1_000,
    answers: [answer(201, true)],
  };
}

function answer(status: number, isDefinite: boolean) {
  return { status, isDefinite, sentAfterUs: 10, answeredAfterUs: 5_000 };
}
