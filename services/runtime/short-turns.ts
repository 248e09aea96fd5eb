import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** The part of a connection that gives its bytes; Node has no public way to leave them unread once its HTTP parser has them. */
type Handle = { readonly reading?: boolean; readStop?(): void; readStart?(): void };
type HttpSocket = Socket & { readonly _handle?: Handle | null };

/** False where Node has stopped it, as when a client does not read its answers: bytes would meet a parser that is paused. */
const isRead = (socket: HttpSocket | undefined): boolean => socket?._handle?.reading === true;

export type ShortTurns = {
  /** Tells of a request that does not come by Node's HTTP server, before it is handled. */
  note(): void;
};

/**
 * Ends turns of the event loop in which requests are handled for too long. In one turn Node reads from every connection that
 * has sent something, up to 64 KiB each; with some hundred connections that each send requests without waiting for answers, a
 * turn took 0.7 s, in which no acknowledgement was read, no group left and no answer to a group was written. What is left
 * unread comes in the next turn, and its senders are held back by TCP meanwhile.
 *
 * @param options.turnMsMax milliseconds from the first request of a turn to the last connection that is read from; what one read
 *   has brought is handled to its end
 * @param options.nowMs a clock that never jumps
 */
export function keepTurnsShort(
  server: Server,
  options: { readonly turnMsMax: number; readonly nowMs: () => number },
): ShortTurns {
  const sockets = new Set<HttpSocket>();
  let startedAtMs: number | undefined;
  let held: readonly HttpSocket[] | undefined;
  /** How far the next turn's first connection is from the first of all: each is the first one at times. */
  let turns = 0;

  server.on('connection', (socket: HttpSocket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const begin = (): void => {
    startedAtMs = undefined;
    if (held === undefined) return;
    turns += 1;
    const first = (turns * 61) % held.length;
    // Those that are read from again first are the first of the next turn.
    for (let n = 0; n < held.length; n++) {
      const socket = held[(first + n) % held.length];
      // Node may have stopped it since.
      if (isRead(socket)) socket?._handle?.readStart?.();
    }
    held = undefined;
  };

  const note = (): void => {
    if (held !== undefined) return;
    const now = options.nowMs();
    if (startedAtMs === undefined) {
      startedAtMs = now;
      // Immediates run when all connections have been read from.
      setImmediate(begin);
    } else if (now - startedAtMs > options.turnMsMax) {
      held = [...sockets].filter(isRead);
      for (const socket of held) socket._handle?.readStop?.();
    }
  };
  // Before it is handled: the time of the first one counts.
  server.prependListener('request', note);
  return { note };
}
