import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * What happened in a run, in its order. An intent is written before anything is done, so that whoever comes after a
 * crash knows what may have to be healed.
 */
export type JournalEvent =
  | { readonly type: 'run-started'; readonly runId: string; readonly facts?: Json }
  | { readonly type: 'phase'; readonly name: string }
  /** A fault is about to act. `healing` is all that is needed to undo it. */
  | {
      readonly type: 'inject-intended';
      /** Unique in the run. */
      readonly injection: string;
      readonly fault: string;
      readonly target: string;
      readonly healing: Json;
    }
  | { readonly type: 'injected'; readonly injection: string }
  | { readonly type: 'proven'; readonly injection: string; readonly proof: string }
  | { readonly type: 'heal-intended'; readonly injection: string; readonly because: string }
  | { readonly type: 'healed'; readonly injection: string }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'run-ended'; readonly verdict: string };

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JournalEntry = JournalEvent & {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Milliseconds of a clock that never jumps; only differences within one process mean something. */
  readonly monotonicMs: number;
};

export type JournalClock = { readonly nowMs: () => number; readonly monotonicMs: () => number };

/** The journal cannot be read. A torn last line is no error. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code = 'damaged';
}

/** An append-only file of one entry a line. */
export type Journal = {
  /** Resolves when the entry is on disk (fsynced). Entries are written in the order of the calls. */
  readonly append: (event: JournalEvent) => Promise<void>;
  /** Waits for what is being appended, then closes the file. */
  readonly close: () => Promise<void>;
};

/**
 * Opens a journal for appending, and creates it when there is none. A last line that a crash has torn is cut off.
 *
 * @throws JournalError `damaged` when another line is no entry
 */
export async function openJournal(file: string, clock: JournalClock): Promise<Journal> {
  const handle = await open(file, 'a+');
  try {
    const { wholeBytes } = parse(await handle.readFile(), file);
    await handle.truncate(wholeBytes);
    await handle.sync();
    await syncDirectory(dirname(file));
  } catch (error) {
    await handle.close();
    throw error;
  }
  let last: Promise<void> = Promise.resolve();
  return {
    append: (event) => {
      const entry: JournalEntry = { ...event, atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
      // A failed append fails all later ones: a journal with a hole would lie.
      last = last.then(() => write(handle, `${JSON.stringify(entry)}\n`));
      return last;
    },
    close: async () => {
      await last.catch(() => {
        // Whoever appended has been told.
      });
      await handle.close();
    },
  };
}

/**
 * Reads a journal back, also one whose writer crashed.
 *
 * @returns the entries, and whether a torn last line was left out
 * @throws JournalError `damaged` when a line other than the last is no entry
 */
export async function readJournal(
  file: string,
): Promise<{ readonly entries: readonly JournalEntry[]; readonly isTorn: boolean }> {
  const bytes = await readFile(file);
  const { entries, wholeBytes } = parse(bytes, file);
  return { entries, isTorn: wholeBytes < bytes.length };
}

export type InjectIntent = Extract<JournalEntry, { type: 'inject-intended' }>;

/** The injections that may act still: intended and not healed, in the order in which they were intended. */
export function openIntents(entries: readonly JournalEntry[]): readonly InjectIntent[] {
  const open = new Map<string, InjectIntent>();
  for (const entry of entries) {
    if (entry.type === 'inject-intended') open.set(entry.injection, entry);
    if (entry.type === 'healed') open.delete(entry.injection);
  }
  return [...open.values()];
}

async function write(handle: FileHandle, line: string): Promise<void> {
  await handle.appendFile(line);
  await handle.datasync();
}

/** A new file's name is on disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The entries of all whole lines, and how many bytes these take. What follows the last line feed is torn. */
function parse(
  bytes: Uint8Array,
  file: string,
): { readonly entries: JournalEntry[]; readonly wholeBytes: number } {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const text = new TextDecoder().decode(bytes.subarray(0, wholeBytes));
  const lines = text.split('\n').slice(0, -1);
  const entries = lines.map((line, at) => {
    try {
      return JSON.parse(line) as JournalEntry;
    } catch (cause) {
      throw new JournalError(`${file}: line ${at + 1} is no journal entry`, { cause });
    }
  });
  return { entries, wholeBytes };
}
