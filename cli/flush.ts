import type { Writable } from 'node:stream';

/**
 * Waits until everything that was written to a stream has left this process: a pipe that is full takes more only when
 * its reader does. Never fails: a reader that has gone away wants no more.
 */
export function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
