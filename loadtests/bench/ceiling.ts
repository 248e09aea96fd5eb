import { spawn } from 'node:child_process';
import type { Target } from '../../targets/target.ts';
import { names } from '../../topology/index.ts';
import type { Publishing } from './arms.ts';
import type { BenchSettings, CapacityFigures } from './results.ts';

/** Few enough to be over in a moment, many enough to tell how many fill the time that is to be measured. */
const probeMessages = 500;
/** A publisher that hangs is ended: brokers without a leader answer nobody. */
const killAfterMs = 120_000;

/**
 * Measures what the brokers alone take, by `nats bench js pub async` on the orders stream: first a few messages, then as
 * many as fill the time of a capacity phase.
 *
 * @throws Error with its last words when the publisher fails
 */
export async function measureCeiling(options: {
  readonly target: Target;
  readonly natsPath: string;
  readonly publishing: Publishing;
  readonly settings: Pick<BenchSettings, 'capacitySeconds' | 'capacityRateMax'>;
  /** For files of the CLI's own; nothing of the user's is read. */
  readonly directory: string;
  readonly signal: AbortSignal;
}): Promise<CapacityFigures> {
  const { target, publishing, settings } = options;
  const { nats } = await target.addresses();
  const publish = async (messages: number): Promise<number> => {
    const argv = [
      ...['--server', nats.join(','), 'bench', 'js', 'pub', 'async', names.ordersSubject],
      ...['--stream', names.ordersStream, '--batch', String(publishing.inFlightMax)],
      ...['--size', `${publishing.bytesPerMessage}B`, '--msgs', String(messages), '--no-progress'],
    ];
    return parseMessagesPerSecond(await runPublisher({ ...options, argv }));
  };
  const probed = await publish(probeMessages);
  const rateMax = settings.capacityRateMax / publishing.ordersPerMessage;
  const messages = Math.max(probeMessages, Math.round(Math.min(probed, rateMax) * settings.capacitySeconds));
  const perSecond = await publish(messages);
  return { ordersPerSecond: perSecond * publishing.ordersPerMessage, isLowerBound: false };
}

/**
 * Reads the rate in what `nats bench` prints: `Pub stats: 12,345 msgs/sec ~ 1.5 MiB/sec`.
 * @throws Error when there is none
 */
export function parseMessagesPerSecond(output: string): number {
  const text = /([\d,.]+) msgs\/sec/.exec(output)?.[1]?.replaceAll(',', '');
  const value = Number(text);
  if (text === undefined || !(value > 0)) {
    throw new Error(`nats bench told no rate: ${output.trim().slice(-400)}`);
  }
  return value;
}

async function runPublisher(options: {
  readonly natsPath: string;
  readonly argv: readonly string[];
  readonly directory: string;
  readonly signal: AbortSignal;
}): Promise<string> {
  const { natsPath, argv, directory, signal } = options;
  const child = spawn(natsPath, argv, {
    // Its contexts and history live below the home directory.
    env: { HOME: directory, XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: killAfterMs,
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.on('error', reject);
  child.on('close', (code) => resolve(code === 0 ? '' : `code ${code}`));
  const failure = await promise;
  if (failure !== '') throw new Error(`nats bench ended with ${failure}: ${output.trim().slice(-400)}`);
  return output;
}
