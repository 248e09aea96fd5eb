import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamConfig, StreamState } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { BackupError } from './errors.ts';

/**
 * The JetStream API for snapshots, of which the client library knows nothing. The leader of a stream sends a snapshot in
 * chunks, each acknowledged, to a subject that was named to it, and says with an empty message how it went; a restore is
 * the same the other way round. See nats-server, `server/jetstream_api.go`.
 */

const chunkBytes = 128 * 1024;
/** The broker gives up after 5 s without an acknowledgement; checking all messages first takes longer. */
const firstChunkMs = 120_000;
const nextChunkMs = 15_000;
const finishMs = 120_000;

/** JSClusterNoPeersErrF of nats-server. */
const noSuitablePeers = 10_005;
/** Brokers tell each other every ten seconds what they have reserved: until then a deleted stream takes its place still. */
const placeMs = 60_000;
const placeAgainMs = 500;

type ApiAnswer = {
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description: string };
};
type Snapshot = { readonly config: StreamConfig; readonly state: StreamState };

/**
 * Writes a snapshot of a stream to a new file, without its consumers, after its leader has checked the checksums of all its
 * messages.
 *
 * @throws BackupError `damaged` when messages do not pass that check; `refused` when the brokers send no whole snapshot
 */
export async function writeSnapshot(
  connection: NatsConnection,
  stream: string,
  path: string,
  signal?: AbortSignal,
): Promise<Snapshot & { readonly bytes: number; readonly sha256: string }> {
  const deliver = createInbox();
  const chunks = connection.subscribe(deliver);
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  let bytes = 0;
  try {
    const answer = await ask<Snapshot>(connection, `$JS.API.STREAM.SNAPSHOT.${stream}`, firstChunkMs, {
      deliver_subject: deliver,
      no_consumers: true,
      chunk_size: chunkBytes,
      jsck: true,
    }).catch((cause: unknown) => {
      const isDamaged = cause instanceof BackupError && cause.message.includes('bad message');
      throw isDamaged
        ? new BackupError('damaged', `stream ${stream} has damaged messages: ${cause.message}`, { cause })
        : cause;
    });
    await withPatience(chunks, async (touch) => {
      for await (const chunk of chunks) {
        touch();
        signal?.throwIfAborted();
        if (chunk.data.length === 0) return requireWhole(stream, chunk);
        await file.write(chunk.data);
        hash.update(chunk.data);
        bytes += chunk.data.length;
        chunk.respond();
      }
      throw new BackupError('refused', `the snapshot of stream ${stream} broke off after ${bytes} bytes`);
    });
    await file.sync();
    return { config: answer.config, state: answer.state, bytes, sha256: hash.digest('hex') };
  } finally {
    chunks.unsubscribe();
    await file.close();
  }
}

/** Ends a subscription, and so its loop, when nothing has come for a while. */
async function withPatience(
  chunks: { unsubscribe(): void },
  body: (touch: () => void) => Promise<void>,
): Promise<void> {
  const timer = setTimeout(() => chunks.unsubscribe(), nextChunkMs);
  try {
    await body(() => timer.refresh());
  } finally {
    clearTimeout(timer);
  }
}

/** @throws BackupError `refused` when the last message says that something is missing */
function requireWhole(stream: string, last: Msg): void {
  const status = last.headers?.code ?? 204;
  if (status === 204 || status === 0) return;
  const why = last.headers?.description ?? '';
  throw new BackupError('refused', `the brokers gave up the snapshot of stream ${stream}: ${status} ${why}`);
}

/**
 * Makes a stream anew from a snapshot. The brokers have no stream of that name.
 *
 * @returns what it holds then
 * @throws BackupError `refused` with what the brokers say
 */
export async function restoreSnapshot(
  connection: NatsConnection,
  snapshot: Snapshot,
  path: string,
  signal?: AbortSignal,
): Promise<StreamState> {
  const { config, state } = snapshot;
  const subject = `$JS.API.STREAM.RESTORE.${config.name}`;
  const deliver = await askForPlace(connection, subject, { config, state }, signal);
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    signal?.throwIfAborted();
    parse(await connection.request(deliver, chunk as Buffer, { timeout: nextChunkMs }), deliver);
  }
  const done = await connection.request(deliver, new Uint8Array(), { timeout: finishMs });
  return parse<{ state: StreamState }>(done, deliver).state;
}

/** Asks where the snapshot is to be sent, as soon as there is a place for the stream. */
async function askForPlace(
  connection: NatsConnection,
  subject: string,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + placeMs;
  for (;;) {
    try {
      return (await ask<{ deliver_subject: string }>(connection, subject, nextChunkMs, snapshot))
        .deliver_subject;
    } catch (error) {
      const cause = error instanceof BackupError ? (error.cause as ApiAnswer['error']) : undefined;
      if (cause?.err_code !== noSuitablePeers || performance.now() >= deadline) throw error;
    }
    await sleep(placeAgainMs, undefined, { signal });
  }
}

/** @throws BackupError `refused` with the error of the JetStream API */
export async function ask<T>(
  connection: NatsConnection,
  subject: string,
  timeoutMs: number,
  request: object,
): Promise<T> {
  return parse<T>(
    await connection.request(subject, JSON.stringify(request), { timeout: timeoutMs }),
    subject,
  );
}

function parse<T>(answer: Msg, subject: string): T {
  if (answer.data.length === 0) return {} as T;
  const parsed = answer.json<T & ApiAnswer>();
  if (parsed.error === undefined) return parsed;
  throw new BackupError(
    'refused',
    `${subject}: ${parsed.error.description} (${parsed.error.err_code ?? parsed.error.code})`,
    { cause: parsed.error },
  );
}
