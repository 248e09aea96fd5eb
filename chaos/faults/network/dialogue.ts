import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';
import { nkeyAuthenticator } from '@nats-io/nats-core';
import type { BrokerLogin } from '../../../services/runtime/broker-login.ts';
import type { EdgeSpec } from '../../../topology/index.ts';

export type Protocol = EdgeSpec['protocol'];

/** What came of one exchange with a server. */
export type Exchange =
  | {
      readonly answered: true;
      /** From connecting to the end of the answer. */
      readonly tookMs: number;
      /** In how many pieces the answer came. */
      readonly pieces: number;
    }
  | { readonly answered: false; readonly reason: string; readonly wasReset: boolean };

/** What is said to a server of a protocol, and how to tell that it has answered. */
type Dialogue = {
  /** What the server says first and must have said whole before it is asked; absent: it is asked at once. */
  readonly greeting?: RegExp;
  /**
   * @param upload bytes that the server must read before it answers
   * @param login by which brokers let somebody in, where they ask for it in their greeting
   */
  ask(upload: number, greeting: string, login: BrokerLogin | undefined): string;
  isAnswered(answer: string, hasEnded: boolean): boolean;
};

const http: Dialogue = {
  ask: (upload) =>
    upload === 0
      ? 'GET / HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n'
      : `POST / HTTP/1.1\r\nhost: probe\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${upload}\r\n\r\n${' '.repeat(upload)}`,
  isAnswered: (answer, hasEnded) => answer.startsWith('HTTP/1.1 ') && (hasEnded || isWhole(answer)),
};

/** By its own account: a port-forward tells a second late that the server has closed the connection. */
function isWhole(answer: string): boolean {
  const [head = '', body] = answer.split('\r\n\r\n', 2);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

const nats: Dialogue = {
  greeting: /^INFO (.*)\r\n/,
  ask: (upload, info, login) =>
    `CONNECT ${JSON.stringify({ verbose: false, ...credentialsFor(info, login) })}\r\n${upload === 0 ? '' : `PUB stormproof.probe ${upload}\r\n${' '.repeat(upload)}\r\n`}PING\r\n`,
  isAnswered: (answer) => answer.includes('PONG\r\n'),
};

/** A broker tells a nonce for whoever connects to sign. */
function credentialsFor(info: string, login: BrokerLogin | undefined): object {
  const { nonce } = JSON.parse(info) as { readonly nonce?: string };
  return nonce === undefined || login?.seed === undefined ? {} : { ...nkeyAuthenticator(login.seed)(nonce) };
}

/** Goes on over TLS, as a broker asks for after its greeting. */
function secured(socket: Socket, host: string, tls: NonNullable<BrokerLogin['tls']>): Socket {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  return connectTls({
    socket,
    host,
    ca: tls.ca ?? read(tls.caFile),
    cert: tls.cert ?? read(tls.certFile),
    key: tls.key ?? read(tls.keyFile),
  });
}

/** A server greets an HTTP/2 preface and empty settings with its own settings (RFC 9113, section 3.4). */
const grpc: Dialogue = {
  ask: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  isAnswered: (answer) => answer.length >= 9,
};

/** A broker introduces itself to whoever connects to its cluster port, over TLS from the start where it speaks it. */
const natsRoute: Dialogue = {
  ask: () => '',
  isAnswered: (answer) => answer.startsWith('INFO '),
};

const dialogues: Readonly<Record<Protocol, Dialogue>> = {
  http,
  'otlp-http': http,
  'otlp-grpc': grpc,
  nats,
  'nats-route': natsRoute,
};

/**
 * Asks a server for anything at all over a connection of its own; a refusal in its own words counts as an answer.
 *
 * @param address `host:port`
 * @param options.upload bytes to send it on top; default none
 * @param options.login by which brokers let this process in; default none
 */
export async function converse(
  protocol: Protocol,
  address: string,
  options: {
    readonly timeoutMs: number;
    readonly upload?: number;
    readonly login?: BrokerLogin | undefined;
  },
): Promise<Exchange> {
  const dialogue = dialogues[protocol];
  const [host = '', port] = address.split(':');
  const startedAt = performance.now();
  let socket: Socket = connect({ host, port: Number(port) });
  try {
    return await new Promise((resolve) => {
      let answer = '';
      let pieces = 0;
      let isAsked = false;
      const ask = () => {
        const greeting = dialogue.greeting?.exec(answer);
        if (isAsked || greeting === null) return;
        isAsked = true;
        if (options.login?.tls !== undefined && protocol === 'nats') {
          socket = listen(secured(socket, host, options.login.tls));
        }
        socket.write(dialogue.ask(options.upload ?? 0, greeting?.[1] ?? '', options.login), 'latin1');
      };
      const judge = (hasEnded: boolean) => {
        if (dialogue.isAnswered(answer, hasEnded)) {
          resolve({ answered: true, tookMs: performance.now() - startedAt, pieces });
        } else if (hasEnded) {
          resolve({ answered: false, reason: 'closed without an answer', wasReset: false });
        }
      };
      const listen = (to: Socket): Socket =>
        to
          .setTimeout(options.timeoutMs, () =>
            resolve({ answered: false, reason: `no answer in ${options.timeoutMs} ms`, wasReset: false }),
          )
          .on('error', (error: NodeJS.ErrnoException) =>
            resolve({ answered: false, reason: error.message, wasReset: error.code === 'ECONNRESET' }),
          )
          .on('data', (bytes) => {
            // What is secured is read as such only.
            if (to !== socket) return;
            pieces++;
            answer += bytes.toString('latin1');
            ask();
            judge(false);
          })
          .on('end', () => judge(true));
      const { tls } = options.login ?? {};
      if (tls !== undefined && protocol === 'nats-route') socket = secured(socket, host, tls);
      listen(socket);
      ask();
    });
  } finally {
    socket.destroy();
  }
}

export function renderExchange(exchange: Exchange): string {
  return exchange.answered ? `answered after ${Math.round(exchange.tookMs)} ms` : exchange.reason;
}
