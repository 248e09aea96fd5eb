import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ReadableRequest, type RequestHead, readRequest } from './request-head.ts';

/**
 * A route whose ordinary requests are answered in front of Node's HTTP server and of fastify, for what comes in masses
 * (docs/decisions/0020-orders-are-taken-in-front.md). It takes only what is well-formed, and answers that as fastify would. Everything else, and
 * every doubt, is left to Node.
 */
export type DirectRoute = {
  /** The path of its POST. */
  readonly path: string;
  /** Asked when a request is there as a whole. */
  readonly takes: (head: RequestHead) => boolean;
  /**
   * @param receivedAtMs by `performance.now()`
   * @returns undefined when the body is not what it should be; fastify says why
   * @throws whatever a handler may throw (rejects)
   */
  readonly answer: (
    head: RequestHead,
    body: string,
    receivedAtMs: number,
  ) => Promise<DirectAnswer> | undefined;
};

export type DirectAnswer = {
  readonly status: number;
  /** Names and values in turn, beside `Date`, `Connection` and what the length says. */
  readonly headers: readonly string[];
  readonly body: string;
};

export type Front = {
  /** Whether somebody on a connection waits for an answer from here. */
  isAwaitingAnswer(socket: Socket): boolean;
  /** Closes connections as soon as nobody waits for an answer on them. */
  close(): void;
};

/** Somebody who sends that many requests without waiting for answers is read from again when half of them are answered. */
const awaitedMax = 128;
/** How long the rest of a request is waited for, before Node waits for it, by its own limits. */
const partMs = 1_000;

/** What awaits its turn to be written; undefined while it is not known. */
type Slot = { answer: DirectAnswer | undefined };

type Connection = {
  readonly socket: Socket;
  /** Answers in the order of their requests. */
  readonly slots: Slot[];
  /** Something has come. */
  hasBegun: boolean;
  /** The beginning of a request. */
  part: Buffer | undefined;
  /** How long the rest of that is waited for; in the end, how long its client may take to go. */
  timer: NodeJS.Timeout | undefined;
  isFlushDue: boolean;
  /** What Node is to begin with, once what came before it is answered. */
  leaving: Buffer | undefined;
};

/**
 * Puts a route in front of a server that is not listening yet. Connections begin here. One that brings anything else than
 * requests of the route goes to Node with the first byte of that, and stays there.
 */
export function putInFront(
  server: Server,
  parts: {
    readonly route: DirectRoute;
    readonly limits: Omit<ReadableRequest, 'path'> & {
      /** How long a client may take until it sends something. */
      readonly headersMs: number;
    };
    /** How long nothing may happen on a connection after that. */
    readonly keepAliveMs: number;
    /** How long a client has to close its side when the server has closed its own. */
    readonly lingerMs: number;
    /** Why a request is refused whose body is not looked at; undefined: it is not. */
    readonly refuse: (head: RequestHead) => DirectAnswer | undefined;
    readonly failure: (error: unknown) => DirectAnswer;
    /** Told of each request before it is handled. */
    readonly onRequest: () => void;
  },
): Front {
  const { route, refuse, failure, onRequest } = parts;
  const readable = { path: route.path, ...parts.limits };
  const [nodeTakes] = server.listeners('connection') as ((socket: Socket) => void)[];
  if (nodeTakes === undefined) throw new Error('the server does not take connections itself');
  const connections = new Map<Socket, Connection>();
  const keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(parts.keepAliveMs / 1_000)}`;
  let isClosing = false;

  const render = ({ status, headers, body }: DirectAnswer, isLast: boolean): string => {
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
    return `${text}Date: ${httpDate()}\r\n${isLast ? 'Connection: close' : keepAlive}\r\n\r\n${body}`;
  };

  const settle = (connection: Connection, slot: Slot, answer: DirectAnswer): void => {
    slot.answer = answer;
    if (connection.isFlushDue) return;
    connection.isFlushDue = true;
    // The answers to a group come one after the other; those on one connection leave together.
    queueMicrotask(() => flush(connection));
  };

  const flush = (connection: Connection): void => {
    const { socket, slots } = connection;
    connection.isFlushDue = false;
    let text = '';
    for (let first = slots[0]?.answer; first !== undefined; first = slots[0]?.answer) {
      slots.shift();
      text += render(first, isClosing && slots.length === 0);
    }
    if (!socket.writable) return;
    if (text !== '') socket.write(text);
    if (slots.length > 0) {
      if (slots.length <= awaitedMax / 2) resume(connection);
    } else if (isClosing) {
      // What came after it is told by its `Connection: close` that nobody has read it.
      end(connection);
    } else if (connection.leaving !== undefined) {
      handOver(connection, connection.leaving);
    } else {
      resume(connection);
    }
  };

  /** For a closing server. Whoever never closes its own side would keep it from closing. */
  const end = (connection: Connection): void => {
    const { socket } = connection;
    clearTimeout(connection.timer);
    connection.timer = setTimeout(() => socket.destroy(), parts.lingerMs);
    socket.end();
  };

  const resume = ({ socket, leaving }: Connection): void => {
    if (socket.isPaused() && leaving === undefined && !socket.writableNeedDrain) socket.resume();
  };

  const read = (connection: Connection, bytes: Buffer): void => {
    const { socket, slots } = connection;
    connection.part = undefined;
    let from = 0;
    while (from < bytes.length) {
      const request = readRequest(bytes, from, readable);
      if (request.kind === 'part') {
        connection.part = from === 0 ? bytes : bytes.subarray(from);
        break;
      }
      if (request.kind === 'other' || !route.takes(request.head)) {
        leave(connection, bytes.subarray(from));
        return;
      }
      onRequest();
      const { head, bodyFrom, end } = request;
      const refusal = refuse(head);
      const answered =
        refusal === undefined ? answer(head, bytes.toString('utf8', bodyFrom, end)) : undefined;
      if (refusal === undefined && answered === undefined) {
        leave(connection, bytes.subarray(from));
        return;
      }
      const slot: Slot = { answer: undefined };
      slots.push(slot);
      if (refusal !== undefined) settle(connection, slot, refusal);
      answered?.then(
        (good) => settle(connection, slot, good),
        (error: unknown) => settle(connection, slot, failure(error)),
      );
      from = end;
    }
    limitPart(connection, from > 0);
    if (slots.length >= awaitedMax || socket.writableNeedDrain) socket.pause();
  };

  const answer = (head: RequestHead, body: string): Promise<DirectAnswer> | undefined => {
    try {
      return route.answer(head, body, performance.now());
    } catch (error) {
      return Promise.reject(error);
    }
  };

  /** However slowly its pieces come, a request has only so long. */
  const limitPart = (connection: Connection, isAnother: boolean): void => {
    if (connection.part === undefined || isAnother) {
      clearTimeout(connection.timer);
      connection.timer = undefined;
    }
    if (connection.part === undefined) return;
    connection.timer ??= setTimeout(() => leave(connection, connection.part ?? noBytes), partMs);
  };

  const leave = (connection: Connection, bytes: Buffer): void => {
    clearTimeout(connection.timer);
    // Its client has gone, and only answers that it does not read keep it.
    if (!connection.socket.writable) return;
    connection.part = undefined;
    connection.leaving = bytes;
    connection.socket.pause();
    if (connection.slots.length === 0) handOver(connection, bytes);
  };

  const handOver = ({ socket }: Connection, bytes: Buffer): void => {
    connections.delete(socket);
    for (const [event, listener] of listeners) socket.removeListener(event, listener);
    socket.setTimeout(0);
    socket.unshift(bytes);
    nodeTakes.call(server, socket);
    socket.resume();
  };

  /** Called on the socket. */
  const listeners: readonly (readonly [string, (this: Socket, data: Buffer) => void])[] = [
    [
      'data',
      function (bytes) {
        const connection = connections.get(this);
        // Whoever cannot be answered any more would not know what became of it.
        if (connection === undefined || !this.writable) return;
        const { part } = connection;
        if (!connection.hasBegun) {
          connection.hasBegun = true;
          this.setTimeout(parts.keepAliveMs);
        }
        read(connection, part === undefined ? bytes : Buffer.concat([part, bytes]));
      },
    ],
    [
      'drain',
      function () {
        const connection = connections.get(this);
        if (connection !== undefined && connection.slots.length < awaitedMax) resume(connection);
      },
    ],
    [
      'end',
      function () {
        // As Node does: who says that nothing more comes is taken to have gone.
        this.end();
      },
    ],
    [
      'timeout',
      function () {
        if (connections.get(this)?.slots.length === 0) this.destroy();
      },
    ],
    [
      'close',
      function () {
        clearTimeout(connections.get(this)?.timer);
        connections.delete(this);
      },
    ],
    // The 'close' that follows says all that matters.
    ['error', () => undefined],
  ];

  server.removeListener('connection', nodeTakes);
  server.on('connection', (socket) => {
    connections.set(socket, {
      ...{ socket, slots: [], hasBegun: false, part: undefined, timer: undefined },
      ...{ isFlushDue: false, leaving: undefined },
    });
    for (const [event, listener] of listeners) socket.on(event, listener);
    socket.setTimeout(parts.limits.headersMs);
  });

  return {
    isAwaitingAnswer: (socket) => (connections.get(socket)?.slots.length ?? 0) > 0,
    close() {
      isClosing = true;
      for (const connection of connections.values()) {
        if (connection.slots.length === 0 && connection.part === undefined) end(connection);
      }
    },
  };
}

const noBytes = Buffer.alloc(0);

let date = { second: 0, text: '' };

/** The time in the form of RFC 9110, section 5.6.7; made once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== date.second) date = { second, text: new Date(second * 1_000).toUTCString() };
  return date.text;
}
