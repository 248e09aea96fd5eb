import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from '../../targets/target.ts';
import { names, operatorUser } from '../../topology/index.ts';
import type { Publishing } from './arms.ts';
import { withBrokers } from './brokers.ts';
import type { BenchSettings, CapacityFigures } from './results.ts';

/** How long each way to publish is tried, about; and how often it must fill what is in flight to be judged. */
const probeSeconds = 1;
const probeFills = 3;
/** Connections of the publisher. */
const clientCounts = [1, 4, 16];
/** Messages that each publishes before it waits for all of their PubAcks, as multiples of the arm's own. */
const batchFactors = [1, 4, 16];
/** The most that is tried in flight, of all connections: brokers hold it in memory. */
const inFlightMost = 16_384;
/** A publisher that hangs is ended: brokers without a leader answer nobody. */
const killAfterMs = 120_000;

/** A way to publish that is tried. */
export type PublisherShape = { readonly clients: number; readonly batch: number };

/**
 * The ways to publish that a ceiling is looked for among. The publisher sends a batch and then waits for all of its PubAcks, so
 * one alone leaves the brokers idle between batches, and how many batches must overlap is for the brokers to say. Pure.
 */
export function publisherShapes({ inFlightMax }: Pick<Publishing, 'inFlightMax'>): readonly PublisherShape[] {
  return clientCounts
    .flatMap((clients) => batchFactors.map((factor) => ({ clients, batch: inFlightMax * factor })))
    .filter(({ clients, batch }) => clients * batch <= inFlightMost);
}

/**
 * Measures what the publisher of the nats CLI gets from the brokers alone, by `nats bench js pub async` with a message id each
 * on the orders stream: each of {@link publisherShapes} for a moment, which is the warm-up as well, and the best of them
 * for the time of a capacity phase. Another publisher may get more.
 *
 * @throws Error with its last words when the publisher fails, or when the stream does not hold what it says it published
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
  const publish = async ({ clients, batch }: PublisherShape, messages: number): Promise<number> => {
    const argv = [
      ...['--server', nats.join(','), 'bench', 'js', 'pub', 'async', names.ordersSubject],
      ...['--stream', names.ordersStream, '--clients', String(clients), '--batch', String(batch), '--dedup'],
      ...['--size', `${publishing.bytesPerMessage}B`, '--msgs', String(messages), '--no-progress'],
    ];
    const before = await storedMessages(target);
    const perSecond = parseMessagesPerSecond(await runPublisher({ ...options, argv }));
    const stored = (await storedMessages(target)) - before;
    if (stored !== messages) {
      throw new Error(
        `nats bench says that it published ${messages} messages; the stream has ${stored} more`,
      );
    }
    return perSecond;
  };
  const rateMax = settings.capacityRateMax / publishing.ordersPerMessage;
  /** As many as take some seconds at a rate, and no more than the most that may be sent. */
  const messagesFor = ({ clients }: PublisherShape, wanted: number, seconds: number) =>
    Math.max(clients, Math.round(Math.min(wanted, rateMax * seconds)));

  let best: { readonly shape: PublisherShape; readonly perSecond: number } | undefined;
  for (const shape of publisherShapes(publishing)) {
    const inFlight = shape.clients * shape.batch;
    // A second's worth in flight keeps any broker busy, and the publisher waits only a few seconds for a batch.
    if (best !== undefined && inFlight > best.perSecond * probeSeconds) continue;
    const wanted = Math.max(inFlight * probeFills, (best?.perSecond ?? 0) * probeSeconds);
    const perSecond = await publish(shape, messagesFor(shape, wanted, probeSeconds * probeFills));
    if (best === undefined || perSecond > best.perSecond) best = { shape, perSecond };
  }
  if (best === undefined) throw new Error(`nothing to try with ${publishing.inFlightMax} messages in flight`);
  const { capacitySeconds } = settings;
  const perSecond = await publish(
    best.shape,
    messagesFor(best.shape, best.perSecond * capacitySeconds, capacitySeconds),
  );
  return {
    ordersPerSecond: perSecond * publishing.ordersPerMessage,
    isLowerBound: false,
    publisher: best.shape,
  };
}

/** Messages in the orders stream. */
function storedMessages(target: Target): Promise<number> {
  return withBrokers(target, async (_connection, manager) => {
    const { state } = await manager.streams.info(names.ordersStream);
    return state.messages;
  });
}

/**
 * Reads the rate in what `nats bench` prints: `Pub stats: 12,345 msgs/sec ~ 1.5 MiB/sec`; of several clients, theirs together,
 * which stands in a line with `aggregated stats`.
 * @throws Error when there is none
 */
export function parseMessagesPerSecond(output: string): number {
  const together = /aggregated stats: ([\d,.]+) msgs\/sec/.exec(output);
  const text = (together ?? /([\d,.]+) msgs\/sec/.exec(output))?.[1]?.replaceAll(',', '');
  const value = Number(text);
  if (text === undefined || !(value > 0)) {
    throw new Error(`nats bench told no rate: ${output.trim().slice(-400)}`);
  }
  return value;
}

/** Runs the CLI as the operator; its key is in a file while it runs. */
async function runPublisher(options: {
  readonly target: Target;
  readonly natsPath: string;
  readonly argv: readonly string[];
  readonly directory: string;
  readonly signal: AbortSignal;
}): Promise<string> {
  const { target, natsPath, argv, directory, signal } = options;
  const login = await target.brokerLogin?.(operatorUser);
  const keyFile = join(directory, 'operator.nk');
  await mkdir(directory, { recursive: true });
  if (login?.seed !== undefined) await writeFile(keyFile, login.seed(), { mode: 0o600 });
  const { certFile, keyFile: tlsKeyFile, caFile } = login?.tls ?? {};
  const loginArgv = [
    ...(login?.seed === undefined ? [] : ['--nkey', keyFile]),
    ...(certFile === undefined ? [] : ['--tlscert', certFile]),
    ...(tlsKeyFile === undefined ? [] : ['--tlskey', tlsKeyFile]),
    ...(caFile === undefined ? [] : ['--tlsca', caFile]),
  ];
  const child = spawn(natsPath, [...loginArgv, ...argv], {
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
  const failure = await promise.finally(() => rm(keyFile, { force: true }));
  if (failure !== '') throw new Error(`nats bench ended with ${failure}: ${output.trim().slice(-400)}`);
  return output;
}
