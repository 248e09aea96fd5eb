import type { JetStreamManager } from '@nats-io/jetstream';
import { delay, type Log } from '../runtime/index.ts';

/** What was last seen of a stream. */
export type StreamSeen = {
  /** Share of the bytes that it may hold which it holds; 0 when it is unbounded. */
  readonly fill: number;
  readonly lastPosition: number;
};

export type StreamWatch = {
  /** By stream; a stream that was never seen is absent. */
  fills(): ReadonlyMap<string, number>;
  /** 0 until the stream was seen once. */
  lastPosition(stream: string): number;
  stop(): Promise<void>;
};

/**
 * Looks at streams once a second. What cannot be seen (brokers electing a leader, reconnecting) stays as it was last
 * seen.
 */
export function watchStreams(options: {
  readonly manager: JetStreamManager;
  readonly streams: readonly string[];
  readonly intervalMs?: number;
  readonly log: Log;
  /** Told when a stream is another one than before, of the same name. */
  readonly onRecreated: (stream: string) => void;
  /** Told after each look. */
  readonly onLook: (seen: ReadonlyMap<string, StreamSeen>) => void;
}): StreamWatch {
  const { manager, streams, log, onRecreated, onLook } = options;
  const seen = new Map<string, StreamSeen>();
  const fills = new Map<string, number>();
  const createdAt = new Map<string, string>();
  const stopping = new AbortController();

  const look = async (stream: string): Promise<void> => {
    try {
      const { config, created, state } = await manager.streams.info(stream);
      const fill = config.max_bytes > 0 ? state.bytes / config.max_bytes : 0;
      fills.set(stream, fill);
      seen.set(stream, { fill, lastPosition: state.last_seq });
      const before = createdAt.get(stream);
      createdAt.set(stream, String(created));
      if (before !== undefined && before !== String(created)) onRecreated(stream);
    } catch (error) {
      log.debug({ error, stream }, 'the stream cannot be seen now');
    }
  };
  const lookForEver = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await Promise.all(streams.map(look));
      onLook(seen);
      await delay(options.intervalMs ?? 1_000, stopping.signal);
    }
  };
  const ended = lookForEver();
  return {
    fills: () => fills,
    lastPosition: (stream) => seen.get(stream)?.lastPosition ?? 0,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
