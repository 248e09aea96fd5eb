import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoggedRequest, LoggedStart } from './tries.ts';

/** What the scenario writes beside `run.json`. */
export const logFile = 'requests.ndjson';

/** Reads the log line by line, in the order in which requests ended. @throws when there is none or a line of it is torn */
export async function* readLog(directory: string): AsyncGenerator<LoggedRequest | LoggedStart> {
  for await (const line of createInterface({ input: createReadStream(join(directory, logFile)) })) {
    // What the script says beside its records (an exception's text) is for people.
    if (line.startsWith('{')) yield JSON.parse(line) as LoggedRequest | LoggedStart;
  }
}
