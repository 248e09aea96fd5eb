import type { Socket } from 'node:net';
import type { PodStream, PodStreamEvents } from './stream.ts';

/**
 * A port-forward cannot say that one side has finished while the other goes on. After the local side has, what the pod
 * still sends is delivered until it has been silent for this long; then both are closed.
 */
const silenceMs = 1_000;

/**
 * Carries the bytes of a local connection to a pod and back until either side ends. Neither side is read faster than the
 * other takes; a stream that breaks resets the local connection, as a broken network would.
 *
 * @param socket opened with `allowHalfOpen`; closed when this resolves
 * @param open connects to the pod
 * @returns why it broke, or undefined when it ended in good order
 */
export async function carry(
  socket: Socket,
  open: (events: PodStreamEvents) => Promise<PodStream>,
): Promise<string | undefined> {
  const ended = Promise.withResolvers<string | undefined>();
  let stream: PodStream | undefined;
  let silence: NodeJS.Timeout | undefined;
  socket.on('error', () => {
    // It is followed by `close`.
  });
  socket.on('close', () => ended.resolve(undefined));
  socket.on('drain', () => stream?.resume());
  try {
    stream = await open({
      onData: (bytes) => {
        silence?.refresh();
        if (!socket.write(bytes)) stream?.pause();
      },
      onEnd: (problem) => ended.resolve(problem),
    });
    const pod = stream;
    socket.on('data', (bytes: Buffer) => {
      socket.pause();
      void pod.send(bytes).then(() => socket.resume());
    });
    socket.on('end', () => {
      silence = setTimeout(() => ended.resolve(undefined), silenceMs);
    });
    const problem = await ended.promise;
    if (problem === undefined) socket.end(() => socket.destroy());
    else socket.resetAndDestroy();
    return problem;
  } catch (error) {
    socket.resetAndDestroy();
    return (error as Error).message;
  } finally {
    clearTimeout(silence);
    stream?.close();
  }
}
