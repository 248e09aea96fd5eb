import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalClock, JournalEvent } from './journal.ts';
import { JournalError, openIntents, openJournal, readJournal } from './journal.ts';

let directory: string;
let file: string;
let clock: JournalClock;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-journal-'));
  file = join(directory, 'journal.ndjson');
  let ticks = 0;
  clock = { nowMs: () => 1_700_000_000_000, monotonicMs: () => ++ticks };
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const intend = (injection: string): JournalEvent => ({
  type: 'inject-intended',
  injection,
  fault: 'kill',
  target: 'nats-1',
  healing: { start: 'nats-1' },
});

describe('a journal', () => {
  it('reads back what was appended, in the order of the calls, with its times', async () => {
    const journal = await openJournal(file, clock);
    const events: JournalEvent[] = [
      { type: 'run-started', runId: 'r1', facts: { rate: 1_000, client: 'recorder' } },
      intend('i1'),
      { type: 'injected', injection: 'i1' },
    ];
    await Promise.all(events.map((event) => journal.append(event)));
    await journal.close();
    const { entries, isTorn } = await readJournal(file);
    expect(isTorn).toBe(false);
    expect(entries).toEqual(
      events.map((event, at) => ({ ...event, atMs: 1_700_000_000_000, monotonicMs: at + 1 })),
    );
  });

  it('leaves a torn last line out, and cuts it off before it goes on', async () => {
    const first = await openJournal(file, clock);
    await first.append(intend('i1'));
    await first.close();
    await appendFile(file, '{"type":"healed","inj');
    expect(await readJournal(file)).toMatchObject({ entries: [{ injection: 'i1' }], isTorn: true });

    const second = await openJournal(file, clock);
    await second.append({ type: 'healed', injection: 'i1' });
    await second.close();
    const { entries, isTorn } = await readJournal(file);
    expect({ types: entries.map(({ type }) => type), isTorn }).toEqual({
      types: ['inject-intended', 'healed'],
      isTorn: false,
    });
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
  });

  it('reads a journal that a crash left empty', async () => {
    await writeFile(file, '');
    expect(await readJournal(file)).toEqual({ entries: [], isTorn: false });
  });

  it('refuses a journal whose middle is damaged', async () => {
    await writeFile(file, '{"type":"note","text":"a"}\n#\n{"type":"note","text":"b"}\n');
    await expect(readJournal(file)).rejects.toThrow(JournalError);
    await expect(openJournal(file, clock)).rejects.toThrow('line 2 is no journal entry');
  });
});

describe('openIntents', () => {
  it('lists what was intended and not healed, whether or not it is known to have acted', async () => {
    const journal = await openJournal(file, clock);
    await journal.append(intend('healed'));
    await journal.append({ type: 'injected', injection: 'healed' });
    await journal.append(intend('acting'));
    await journal.append({ type: 'injected', injection: 'acting' });
    await journal.append({ type: 'heal-intended', injection: 'healed', because: 'its time was over' });
    await journal.append({ type: 'healed', injection: 'healed' });
    await journal.append(intend('maybe-acting'));
    await journal.append({ type: 'heal-intended', injection: 'acting', because: 'its time was over' });
    await journal.close();
    const { entries } = await readJournal(file);
    expect(openIntents(entries).map(({ injection, healing }) => [injection, healing])).toEqual([
      ['acting', { start: 'nats-1' }],
      ['maybe-acting', { start: 'nats-1' }],
    ]);
  });
});
