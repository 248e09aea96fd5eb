import { delay } from '../runtime/index.ts';
import { type BrokerReading, parseReading } from './readings.ts';

/** What one round of questions found out. */
export type Snapshot = {
  /** Every broker by name, and whether it answered. */
  readonly brokers: ReadonlyMap<string, boolean>;
  readonly readings: readonly BrokerReading[];
};

const detailsPath = '/jsz?streams=true&consumers=true&config=true';

/**
 * Asks all brokers again and again, until the signal aborts. A broker that does not answer in time is down in that
 * round's snapshot; nothing of an earlier round is kept but its name.
 *
 * @param options.monitors base URLs of the brokers' monitoring endpoints
 */
export async function pollBrokers(options: {
  readonly monitors: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}): Promise<void> {
  const { monitors, intervalMs, timeoutMs, signal, onSnapshot } = options;
  // Until a broker has told its name, its address stands for it.
  const names = new Map(monitors.map((url) => [url, new URL(url).host]));
  while (!signal.aborted) {
    const brokers = new Map<string, boolean>();
    const readings: BrokerReading[] = [];
    const answers = await Promise.all(monitors.map((url) => readBroker(url, timeoutMs, signal)));
    for (const [index, url] of monitors.entries()) {
      const reading = answers[index];
      if (reading !== undefined) {
        names.set(url, reading.broker);
        readings.push(reading);
      }
      brokers.set(names.get(url) ?? url, reading !== undefined);
    }
    if (signal.aborted) return;
    onSnapshot({ brokers, readings });
    await delay(intervalMs, signal);
  }
}

/**
 * Asks one broker.
 *
 * @param url of its monitoring endpoint
 * @returns undefined when the broker does not answer, or not as a broker does
 */
export async function readBroker(
  url: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<BrokerReading | undefined> {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
    });
    if (!response.ok) throw new Error(`${url}${path} answers ${response.status}`);
    return response.json();
  };
  try {
    const [varz, jsz] = await Promise.all([get('/varz'), get(detailsPath)]);
    return parseReading(varz, jsz);
  } catch {
    // Down, paused, cut off or restarting: to whoever watches it is all the same, it does not answer.
    return undefined;
  }
}
