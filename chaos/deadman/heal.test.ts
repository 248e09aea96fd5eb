import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Target } from '../../targets/target.ts';
import { type JournalEvent, openIntents, openJournal, readJournal } from '../../verdict/index.ts';
import type { FaultKind } from '../core/fault.ts';
import { healRun } from './heal.ts';

let directory: string;
let journalFile: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dead-man-'));
  journalFile = join(directory, 'journal.ndjson');
});
afterEach(() => rm(directory, { recursive: true }));

/** Writes the journal of a runner that died after these events. */
async function journalOf(...events: readonly JournalEvent[]): Promise<void> {
  const journal = await openJournal(journalFile, { nowMs: () => 0, monotonicMs: () => 0 });
  for (const event of events) await journal.append(event);
  await journal.close();
}

const intent = (injection: string): JournalEvent => ({
  ...{ type: 'inject-intended', injection, fault: 'stall', target: injection, healing: { injection } },
});

/** Heals at the n-th time. */
function stubborn(times: number, healed: string[]): Readonly<Record<string, FaultKind<never>>> {
  const stall: Partial<FaultKind<never>> = {
    heal: async (_target, victim) => void healed.push(String(victim.injection)),
    residue: async () => (healed.length < times ? ['still stalled'] : []),
  };
  return { stall: stall as FaultKind<never> };
}

const target = {} as Target;

test('heals what a dead runner held, and says so in its journal', async () => {
  await journalOf(intent('1-stall'), intent('2-stall'), { type: 'healed', injection: '1-stall' });
  const healed: string[] = [];
  const because = 'the runner has died';
  expect(await healRun({ target, kinds: stubborn(1, healed), journalFile, because, lookAfterMs: 0 })).toEqual(
    [],
  );
  expect(healed).toEqual(['2-stall']);
  const { entries } = await readJournal(journalFile);
  expect(openIntents(entries)).toEqual([]);
  const notes = entries.flatMap((entry) => (entry.type === 'note' ? [entry.text] : []));
  expect(notes).toEqual(['dead-man: the runner has died', 'dead-man: everything is healed']);
});

test('heals again when an injection takes effect after the runner died', async () => {
  await journalOf(intent('1-stall'));
  const healed: string[] = [];
  expect(
    await healRun({ target, kinds: stubborn(2, healed), journalFile, because: 'x', lookAfterMs: 0 }),
  ).toEqual([]);
  expect(healed).toHaveLength(2);
});

test('says what it could not heal when its patience ends', async () => {
  await journalOf(intent('1-stall'));
  const options = {
    target,
    kinds: stubborn(9, []),
    journalFile,
    because: 'x',
    lookAfterMs: 0,
    patienceMs: 0,
  };
  expect(await healRun(options)).toEqual(['still stalled']);
});

test('heals only what lapsed, and leaves the rest to the runner that lives', async () => {
  await journalOf(intent('1-stall'), intent('2-stall'));
  const healed: string[] = [];
  await healRun({
    ...{ target, kinds: stubborn(1, healed), journalFile, because: 'x', lookAfterMs: 0 },
    isMine: (injection) => injection === '1-stall',
  });
  expect(healed).toEqual(['1-stall']);
});

test('touches nothing when nothing is open', async () => {
  await journalOf(intent('1-stall'), { type: 'healed', injection: '1-stall' });
  expect(await healRun({ target, kinds: {}, journalFile, because: 'x', lookAfterMs: 0 })).toEqual([]);
});
