import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/**
 * A route whose ordinary requests are answered past fastify, its hooks and its metrics: for what comes in masses. It takes only
 * what is well-formed, and answers that as fastify would. Everything else, and every doubt, is left to fastify.
 */
export type DirectRoute = {
  /** Asked when the head of a request is there whose body has a length that is declared and not too large. */
  readonly takes: (request: IncomingMessage) => boolean;
  /**
   * @param receivedAtMs when its head was there, by `performance.now()`
   * @returns undefined when the body is not what it should be; fastify says why
   * @throws whatever a handler may throw (rejects)
   */
  readonly answer: (
    request: IncomingMessage,
    body: string,
    receivedAtMs: number,
  ) => Promise<DirectAnswer> | undefined;
};

export type DirectAnswer = {
  readonly status: number;
  /** Names and values in turn, beside those that every answer has. */
  readonly headers: readonly string[];
  /** JSON. */
  readonly body: string;
};

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** Bodies that were read before their requests were left to fastify. */
const readBodies = new WeakMap<IncomingMessage, Buffer>();

/** Serves with `fastify` what a route does not take. */
export function serveDirectly(parts: {
  readonly route: DirectRoute;
  readonly fastify: Serve;
  readonly bodyBytesMax: number;
  /** True for a request whose refusal is sent already; nothing more may come of it. */
  readonly isRefused: (request: IncomingMessage) => boolean;
  readonly answer: (response: ServerResponse, answer: DirectAnswer) => void;
  readonly fail: (response: ServerResponse, error: unknown) => void;
}): Serve {
  const { route, fastify, bodyBytesMax, isRefused, answer, fail } = parts;

  const handle = (request: IncomingMessage, response: ServerResponse, body: Buffer, atMs: number): void => {
    if (isRefused(request)) {
      request.socket.destroy();
      return;
    }
    const answered = route.answer(request, body.toString(), atMs);
    if (answered === undefined) {
      readBodies.set(request, body);
      fastify(request, response);
    } else {
      answered.then(
        (good) => answer(response, good),
        (error: unknown) => fail(response, error),
      );
    }
  };

  return (request, response) => {
    const declared = request.headers['content-length'];
    if (declared === undefined || Number(declared) > bodyBytesMax || !route.takes(request)) {
      fastify(request, response);
      return;
    }
    const receivedAtMs = performance.now();
    let body: Buffer = noBytes;
    // Mostly the whole of it.
    request.on('data', (piece: Buffer) => {
      body = body.length === 0 ? piece : Buffer.concat([body, piece]);
    });
    // Not told of a client that goes away before: nothing of its order was looked at.
    request.on('end', () => handle(request, response, body, receivedAtMs));
  };
}

/** Gives fastify the bodies of requests that were read before. */
export function takeReadBodies(server: FastifyInstance): void {
  server.addHook('preParsing', (request, _reply, payload, done) => {
    const body = readBodies.get(request.raw);
    if (body === undefined) done(null, payload);
    else done(null, Object.assign(Readable.from([body]), { receivedEncodedLength: body.length }));
  });
}

const noBytes = Buffer.alloc(0);
