import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifySchemaValidationError,
  type FastifyServerFactory,
} from 'fastify';
import { type DirectAnswer, type DirectRoute, type Front, putInFront } from './front.ts';
import type { Log } from './log.ts';
import { ProblemError, problemContentType, renderProblem } from './problem.ts';
import type { RequestHead } from './request-head.ts';
import { keepTurnsShort } from './short-turns.ts';

export type ListenAddress = { readonly host: string; readonly port: number };

export type HttpLimits = {
  readonly bodyBytesMax: number;
  readonly headerBytesMax: number;
  /** How long a client may take to send its headers. */
  readonly headersMs: number;
  /** How long a client may take to send a whole request. */
  readonly requestMs: number;
};

const defaultHttpLimits: HttpLimits = {
  bodyBytesMax: 16 * 1024,
  headerBytesMax: 8 * 1024,
  headersMs: 5_000,
  requestMs: 10_000,
};

/**
 * Asked about each request when its head is there: why it is refused, unread and past fastify, its hooks and its metrics. For
 * what must be refused in masses: with fastify a refusal takes 29 µs of CPU, without it 21, of which 15 are Node's own.
 *
 * @returns undefined for a request that fastify is to answer
 */
export type Refuse = (request: RequestHead) => ProblemError | undefined;

/**
 * A fastify server whose every refusal is problem+json: unknown routes, malformed or too large bodies, values that do
 * not fit the schema (422), slow senders (408) and bytes that are no HTTP (400). Values are never coerced and unknown
 * members never dropped, so what was sent is what is stored.
 */
export function createHttpServer(options: {
  readonly log: Log;
  readonly limits?: Partial<HttpLimits>;
  readonly refuse?: Refuse;
  /** In front of all others, for requests that are not refused. */
  readonly direct?: DirectRoute;
  /** How long a turn of the event loop reads requests (short-turns.ts), milliseconds; default: as long as there are any. */
  readonly turnMsMax?: number;
}): FastifyInstance {
  const limits = { ...defaultHttpLimits, ...options.limits };
  const { refuse, direct, turnMsMax } = options;
  const problemOf = (error: unknown): ProblemError => {
    const problem = toProblem(error as FastifyError);
    if (problem.status >= 500 && !(error instanceof ProblemError)) {
      options.log.error({ error }, 'a handler failed');
    }
    return problem;
  };

  const server = Fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: keepAliveMs,
    // Fastify's own answer while closing is no problem+json; a service that is closing says so itself.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: 1_000,
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
    clientErrorHandler: answerClientError,
    // What fastify refuses before it has a route: URLs that cannot be decoded.
    frameworkErrors: (error, _request, reply) => sendProblem(reply, toProblem(error)),
    ...(refuse === undefined ? {} : { serverFactory: serveUnlessRefused(refuse) }),
  });
  // JSON is all that services speak; fastify would hand plain text to the schema, which blames the body instead.
  server.removeContentTypeParser('text/plain');
  server.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new ProblemError(404, 'no-such-resource', `there is no ${request.method} ${pathOf(request.url)}`),
    ),
  );
  server.setErrorHandler((error: FastifyError, _request, reply) => sendProblem(reply, problemOf(error)));
  dropRequestsOfRefusedConnections(server);
  const turns =
    turnMsMax === undefined
      ? undefined
      : keepTurnsShort(server.server, { turnMsMax, nowMs: () => performance.now() });
  const front =
    direct === undefined
      ? undefined
      : putInFront(server.server, {
          route: direct,
          limits,
          keepAliveMs,
          lingerMs,
          refuse(head) {
            const problem = refuse?.(head);
            return problem && answerOf(problem);
          },
          failure: (error) => answerOf(problemOf(error)),
          onRequest: () => turns?.note(),
        });
  closeConnectionsWithServer(server, front);
  return server;
}

/** How long a connection on which nothing happens is kept. */
const keepAliveMs = 75_000;

/** Connections that {@link answerClientError} has answered: whatever still comes on them has its refusal already. */
const refusedConnections = new WeakSet<Socket>();
/** The newest answer on a connection that a handler gives; it is the last of these to be written there. */
const inHand = new WeakMap<Socket, ServerResponse>();

/** @returns undefined when it is written */
function answerInHand(socket: Socket): ServerResponse | undefined {
  const newest = inHand.get(socket);
  return newest?.writableFinished === false ? newest : undefined;
}

/**
 * Keeps the promise of a 408: Node goes on parsing a connection after its time limit, so that a request whose rest comes
 * just after the refusal would be handled all the same. After the body is the last moment before a handler, and the
 * limit may pass while the body is awaited.
 */
function dropRequestsOfRefusedConnections(server: FastifyInstance): void {
  server.addHook('preHandler', (request, reply, done) => {
    if (refusedConnections.has(request.socket)) {
      reply.hijack();
      // Else the refusal comes after that answer, in this one's place.
      if (answerInHand(request.socket) === undefined) request.socket.destroy();
      return;
    }
    inHand.set(request.socket, reply.raw);
    done();
  });
}

/** How long a client has to finish the request it is sending, or to take its leave, once nothing waits for it. */
const lingerMs = 1_000;

/**
 * A closing server waits for its connections. It closes those that idle between two requests itself and tells later
 * requests to close theirs; those in flight at that moment must be told with their answer, or they are kept alive.
 * What has not sent a whole request soon after is cut off: a closing server no longer minds its time limits, and would
 * wait for it for ever.
 */
function closeConnectionsWithServer(server: FastifyInstance, front: Front | undefined): void {
  const sockets = new Set<Socket>();
  /** The newest response on a connection; it is the last to be written there. */
  const newest = new WeakMap<Socket, ServerResponse>();
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    newest.set(request.socket, response);
  });
  const isAwaitingAnswer = (socket: Socket) => {
    const response = newest.get(socket);
    return (
      front?.isAwaitingAnswer(socket) === true ||
      (response?.req.complete === true && !response.writableFinished)
    );
  };

  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    front?.close();
    const cutOff = setTimeout(() => {
      for (const socket of sockets) if (!isAwaitingAnswer(socket)) socket.destroy();
    }, lingerMs);
    server.server.once('close', () => clearTimeout(cutOff));
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers(securityHeaders);
    if (isClosing) reply.header('connection', 'close');
    done();
  });
}

/**
 * Connections that may wait to be accepted; the kernel allows as many by default (`net.core.somaxconn`). Node's own default
 * of 511 is passed by the clients that come back at once after an outage: those beyond it are not refused, but left to
 * repeat their SYN for seconds, by which time they have given up and come back together again.
 */
const backlog = 4_096;

/** Fields of every answer. */
const securityHeaders = { 'x-content-type-options': 'nosniff' } as const;
/** The same, names and values in turn. */
export const securityFields: readonly string[] = Object.entries(securityHeaders).flat();

/** Starts to listen and resolves to the port, which matters when 0 was asked for. */
export async function listen(server: FastifyInstance, address: ListenAddress): Promise<number> {
  await server.listen({ host: address.host, port: address.port, backlog });
  const bound = server.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : address.port;
}

function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  return reply
    .headers(problem.headers)
    .code(problem.status)
    .type(problemContentType)
    .send(renderProblem(problem));
}

/**
 * Serves with fastify what is not refused before it. Settings are those that fastify gives a server that it makes itself
 * (fastify 5, lib/server.js).
 */
function serveUnlessRefused(refuse: Refuse): FastifyServerFactory {
  return (handler, options) => {
    const { http, keepAliveTimeout, requestTimeout } = options as FastifyHttpOptions<Server> & {
      http?: ServerOptions;
    };
    const server = createServer(http ?? {}, (request, response) => {
      const problem = refuse(request);
      if (problem === undefined) {
        handler(request, response);
        return;
      }
      const { status, headers, body } = answerOf(problem);
      response.writeHead(status, ['content-length', String(Buffer.byteLength(body)), ...headers]).end(body);
    });
    if (keepAliveTimeout !== undefined) server.keepAliveTimeout = keepAliveTimeout;
    if (requestTimeout !== undefined) server.requestTimeout = requestTimeout;
    return server;
  };
}

/** What was written for a problem; whoever refuses in masses says the same thing many times. */
const written = new WeakMap<ProblemError, DirectAnswer>();

function answerOf(problem: ProblemError): DirectAnswer {
  const known = written.get(problem);
  if (known !== undefined) return known;
  const { status, retryAfterSeconds } = problem;
  const answer = {
    status,
    headers: [
      ...['content-type', `${problemContentType}; charset=utf-8`],
      ...(retryAfterSeconds === undefined ? [] : ['retry-after', String(retryAfterSeconds)]),
      ...Object.entries(problem.headers).flat(),
      ...securityFields,
    ],
    body: renderProblem(problem),
  };
  written.set(problem, answer);
  return answer;
}

/** What is wrong with a large body is told in part: whoever sends it knows more than it is worth to send back. */
const violationsToldMax = 20;
/** A name that nobody expected may be as long as the body; written as JSON it may be six times that. */
const nameCharactersMax = 64;

/**
 * Says in words why a value does not fit its schema.
 *
 * @param what the value as its sender knows it: `body`
 */
export function describeViolations(
  what: string,
  violations: readonly FastifySchemaValidationError[],
): string {
  const details = violations.slice(0, violationsToldMax).map(({ instancePath, message, params }) => {
    const extra = params.additionalProperty;
    const where = `${what}${instancePath.replaceAll('/', '.')}`;
    return `${where} ${message ?? 'is not valid'}${extra === undefined ? '' : `: ${quoteName(String(extra))}`}`;
  });
  const untold = violations.length - details.length;
  return `${details.join('; ')}${untold === 0 ? '' : `; and ${untold} more`}`;
}

function quoteName(name: string): string {
  const quoted = JSON.stringify(name.slice(0, nameCharactersMax));
  return name.length > nameCharactersMax ? `${quoted} and so on` : quoted;
}

/** Unknown errors become an unspecific 500: what went wrong inside is nobody's business outside. */
function toProblem(error: FastifyError): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error.validation !== undefined) {
    const status = error.validationContext === 'body' ? 422 : 400;
    const detail = describeViolations(error.validationContext ?? 'request', error.validation);
    return new ProblemError(status, 'not-valid', detail);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError(413, 'too-large', 'the request body is larger than this service takes');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ProblemError(415, 'unsupported-media-type', 'expected content-type application/json');
    default:
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return new ProblemError(status, 'malformed', error.message);
  return new ProblemError(500, 'internal', 'the service failed to answer; the failure is in its log');
}

/**
 * Answers what never became a request: garbage, oversized headers, senders that are too slow. It comes after the answers to
 * the requests before it, the first of which it would be taken for: that of an order, say, which is stored meanwhile.
 */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // What else comes behind it.
  if (refusedConnections.has(socket)) return;
  refusedConnections.add(socket);
  const before = answerInHand(socket);
  if (before === undefined) refuseConnection(error, socket);
  else before.once('finish', () => refuseConnection(error, socket));
}

function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  // The answer before may have been the last one.
  if (!socket.writable) return;
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? {
          status: 408,
          code: 'too-slow',
          message: 'the request did not arrive in time',
          title: 'Request Timeout',
        }
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? {
            status: 431,
            code: 'headers-too-large',
            message: 'the header fields are larger than this service takes',
            title: 'Request Header Fields Too Large',
          }
        : {
            status: 400,
            code: 'malformed',
            message: 'this is not an HTTP/1.1 request',
            title: 'Bad Request',
          };
  const body = renderProblem(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${problemContentType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  );
  // Whoever never closes its own side would keep the socket for ever.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
