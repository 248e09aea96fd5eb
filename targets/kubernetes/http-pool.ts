import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { localHost } from '../../topology/derive/index.ts';

/**
 * An HTTP server of this machine that passes requests on over few connections, however many its clients open: a
 * port-forward takes about 10 ms of two cores for each new connection, and a client like k6 opens one for each of its
 * hundreds of users.
 *
 * It repeats nothing and answers nothing by itself: when the connection of a request breaks, so does the client's.
 */
export type HttpPool = {
  /** `host:port` */
  readonly address: string;
  /** Cuts all connections. */
  close(): Promise<void>;
};

/** Requests that are under way at once; the others wait for their turn. */
const connectionsMax = 100;

/** @param upstream `host:port` that every request is passed on to */
export async function createHttpPool(upstream: string): Promise<HttpPool> {
  const [host = '', port] = upstream.split(':');
  // First in, first out: every connection is used, and with it every pod behind them.
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, scheduling: 'fifo' });

  function passOn(asked: IncomingMessage, answering: ServerResponse): void {
    const { method, url, rawHeaders } = asked;
    const passed = request({ host, port, agent, method, path: url, headers: endToEnd(rawHeaders) });
    answering.on('close', () => passed.destroy());
    passed.on('error', () => asked.socket.resetAndDestroy());
    passed.on('response', (answer) => {
      answering.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
      pipeline(answer, answering).catch(() => asked.socket.resetAndDestroy());
    });
    asked.pipe(passed);
  }

  const server = createServer(passOn);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, localHost, resolve);
  });
  return {
    address: `${localHost}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** Without what is said about one connection only (RFC 9110, section 7.6.1). */
function endToEnd(rawHeaders: readonly string[]): string[] {
  const own = new Set(['connection', 'keep-alive']);
  return rawHeaders.filter((_, at) => !own.has(rawHeaders[at - (at % 2)]?.toLowerCase() ?? ''));
}
