import { PassThrough, Writable } from 'node:stream';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';

/** A connection to a port of a pod. */
export type PodStream = {
  /** Resolves when the bytes have left; at once when the stream has ended. */
  send(bytes: Buffer): Promise<void>;
  /** Asks the other side for no more until {@link PodStream.resume}. */
  pause(): void;
  resume(): void;
  close(): void;
};

export type PodStreamEvents = {
  readonly onData: (bytes: Buffer) => void;
  /** Called once. `problem` is undefined when the pod's side closed the connection in good order. */
  readonly onEnd: (problem: string | undefined) => void;
};

/** Opens connections to pods through the API server. */
export type OpenPodStream = (pod: string, port: number, events: PodStreamEvents) => Promise<PodStream>;

/** The part of a WebSocket (package ws) that is used here. */
type WebSocket = {
  readonly OPEN: number;
  readonly readyState: number;
  readonly isPaused: boolean;
  send(frame: Buffer, done: (error?: Error) => void): void;
  pause(): void;
  resume(): void;
  ping(): void;
  close(): void;
  terminate(): void;
  on(event: 'pong' | 'message', listener: () => void): void;
  on(event: 'close', listener: (code: number) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
};

/** Channel 0 of the protocol `v4.channel.k8s.io` carries the bytes of the first port. */
const dataChannel = Buffer.of(0);

/** RFC 6455, section 7.4.1: a normal end, and one that gave no reason. */
const orderlyCloses = [1000, 1005];

const openTimeoutMs = 10_000;
/** A stream whose API server is silent for two of these is taken for broken. */
const pingIntervalMs = 10_000;

/**
 * Port-forward by WebSocket, one for each connection: the client library knows no other kind. Its own pump is passed by
 * where bytes leave, since it reads as fast as it can however slow the other side is.
 */
export function createPodStreams(config: KubeConfig, namespace: string): OpenPodStream {
  const portForward = new PortForward(config, false);

  return async (pod, port, { onData, onEnd }) => {
    let problem: string | undefined;
    const data = sink(onData);
    const errors = sink((text) => {
      problem = text.toString('utf8').trim();
    });
    // It reads its input, of which there is none: see below.
    const opening = portForward.portForward(namespace, pod, [port], data, errors, new PassThrough());
    const socket = await within(opening as unknown as Promise<WebSocket>, openTimeoutMs);
    let isAlive = true;
    for (const sign of ['pong', 'message'] as const) {
      socket.on(sign, () => {
        isAlive = true;
      });
    }
    const pings = setInterval(() => {
      // What is not read shows no sign of life.
      if (socket.isPaused) return;
      if (!isAlive) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
      isAlive = false;
    }, pingIntervalMs);
    socket.on('error', (error) => {
      problem ??= error.message;
    });
    socket.on('close', (code) => {
      clearInterval(pings);
      onEnd(problem ?? (orderlyCloses.includes(code) ? undefined : `the stream broke (${code})`));
    });
    return {
      send: (bytes) =>
        new Promise((resolve) => {
          // A failed send is followed by the end, which is told there.
          socket.send(Buffer.concat([dataChannel, bytes]), () => resolve());
        }),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.close(),
    };
  };
}

function sink(take: (bytes: Buffer) => void): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      if (bytes.length > 0) take(bytes);
      done();
    },
  });
}

/** A stream that opens too late is closed again. */
async function within(opening: Promise<WebSocket>, timeoutMs: number): Promise<WebSocket> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${timeoutMs / 1_000} s`));
    opening.then(
      (socket) => socket.close(),
      () => {
        // It never opened.
      },
    );
  }, timeoutMs);
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    // The library rejects with an event, which has a message but is no error.
    throw error instanceof Error ? error : new Error((error as { readonly message: string }).message);
  } finally {
    clearTimeout(timer);
  }
}
