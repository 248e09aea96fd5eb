import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Run } from '../model.ts';
import { SourceError } from './ask.ts';

/** What the page shows of a `report.json`; a report has much more (docs/how-to/read-a-report.md). */
const schema = z.object({
  schemaVersion: z.literal(1),
  runId: z.string(),
  kind: z.string(),
  target: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  decision: z.object({ verdict: z.string(), reasons: z.array(z.object({ text: z.string() })) }),
});

const runsMax = 8;

/** Reads the newest runs of a directory; remembers those that it has read, as a report never changes. */
export type RunReader = {
  /**
   * The newest runs that left a report, the newest first; none where the directory does not exist yet.
   * @throws SourceError (rejects) when the directory cannot be read
   */
  read(): Promise<readonly Run[]>;
};

export function createRunReader(runsDir: string): RunReader {
  const known = new Map<string, Run | undefined>();
  return {
    async read() {
      const files = await reportsIn(runsDir);
      const runs: Run[] = [];
      for (const { file, version } of files) {
        if (runs.length === runsMax) break;
        const key = `${file} ${version}`;
        if (!known.has(key)) known.set(key, await readRun(file));
        const run = known.get(key);
        if (run !== undefined) runs.push(run);
      }
      return runs;
    },
  };
}

/** The newest file first. */
async function reportsIn(runsDir: string) {
  let folders: string[];
  try {
    folders = await readdir(runsDir);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new SourceError(`${runsDir} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const found = await Promise.all(
    folders.map(async (folder) => {
      const file = join(runsDir, folder, 'report.json');
      // A run that goes on, or was killed, has none.
      const stats = await stat(file).catch(() => undefined);
      return stats === undefined ? [] : [{ file, version: stats.mtimeMs }];
    }),
  );
  return found.flat().toSorted((a, b) => b.version - a.version);
}

/** Undefined for what is no report, or one of another version. */
async function readRun(file: string): Promise<Run | undefined> {
  try {
    const {
      decision,
      schemaVersion: _version,
      ...run
    } = schema.parse(JSON.parse(await readFile(file, 'utf8')));
    return { ...run, verdict: decision.verdict, reasons: decision.reasons.map(({ text }) => text) };
  } catch {
    // Half-written, or somebody else's file: the list is about those that can be read.
    return undefined;
  }
}
