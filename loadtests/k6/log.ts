import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoggedBatch, LoggedRequest, LoggedStart } from './tries.ts';

/** What the scenario writes beside `run.json`. */
export const logFile = 'requests.ndjson';

/**
 * Reads the log line by line, in the order in which requests ended.
 *
 * @param skipsTorn whether a line that is none (k6 was killed, or the disk was full, while it wrote) is passed over; default false
 * @throws when there is no log, or a line of it is torn
 */
export async function* readLog(
  directory: string,
  { skipsTorn = false }: { readonly skipsTorn?: boolean } = {},
): AsyncGenerator<LoggedRequest | LoggedStart> {
  for await (const line of createInterface({ input: createReadStream(join(directory, logFile)) })) {
    // What the script says beside its records (an exception's text) is for people.
    if (!line.startsWith('{')) continue;
    const parsed = parseLine(line);
    if (parsed !== undefined) yield parsed;
    else if (!skipsTorn) throw new Error(`${logFile} has a torn line: ${line.slice(0, 100)}`);
  }
}

function parseLine(line: string): LoggedRequest | LoggedStart | undefined {
  try {
    const logged = JSON.parse(line) as LoggedRequest | LoggedBatch | LoggedStart;
    return 'answer' in logged ? toRequest(logged) : logged;
  } catch {
    // Torn: what it was to say is not known.
    return undefined;
  }
}

/** @returns undefined when the answer does not say what k6 took it to say */
function toRequest({ request, tries, answer }: LoggedBatch): LoggedRequest | undefined {
  const { results } = answer;
  if (results.some(({ status }) => status !== 201)) return undefined;
  return { request, tries, stored: results.map(({ order_id: orderId, position }) => [orderId, position]) };
}
