import { Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { RemoteError } from '../../runtime/index.ts';

export type HttpAnswer = { readonly status: number; readonly body: string };

/** Sends small JSON requests to one base URL over kept connections. */
export type HttpClient = {
  /**
   * @param path from the base URL, with a leading slash
   * @throws RemoteError `unreachable` (definite: no connection), `timeout` or `connection` (unknown)
   */
  send(
    method: 'GET' | 'POST',
    path: string,
    options?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string },
  ): Promise<HttpAnswer>;
  close(): void;
};

/** Errors of a connection that was never made. */
const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** @param options.deadlineMs how long one request may take in all, from connecting to the last byte */
export function createHttpClient(options: {
  readonly baseUrl: string;
  readonly deadlineMs: number;
}): HttpClient {
  const isSecure = options.baseUrl.startsWith('https:');
  const agentOptions = { keepAlive: true, maxSockets: 128, maxFreeSockets: 64 };
  const agent = isSecure ? new SecureAgent(agentOptions) : new Agent(agentOptions);
  const send = isSecure ? secureRequest : plainRequest;
  return {
    send: (method, path, { headers, body } = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = send(`${options.baseUrl}${path}`, {
          method,
          agent,
          headers: {
            ...headers,
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        });
        const timer = setTimeout(() => {
          const message = `no answer within ${options.deadlineMs} ms`;
          reject(new RemoteError('timeout', message, { isDefinite: false }));
          outgoing.destroy();
        }, options.deadlineMs);
        const fail = (cause: NodeJS.ErrnoException) => {
          clearTimeout(timer);
          reject(fromSocketError(cause));
        };
        outgoing.on('error', fail);
        outgoing.on('response', (response) =>
          readBody(response).then((text) => {
            clearTimeout(timer);
            resolve({ status: response.statusCode ?? 0, body: text });
          }, fail),
        );
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function readBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => resolve(text));
    response.on('error', reject);
  });
}

function fromSocketError(cause: NodeJS.ErrnoException): RemoteError {
  const isDefinite = unreachableCodes.has(cause.code ?? '');
  return new RemoteError(isDefinite ? 'unreachable' : 'connection', cause.message, { isDefinite, cause });
}
