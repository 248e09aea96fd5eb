import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A connection to one very process, over which it answers several times a second, so that the connection's end tells of
 * the process's end: no other process can take it over, whatever has its address by then.
 */
export type HeldConnection = {
  /**
   * Waits for its end.
   * @returns how it ended; undefined when it answers still after `timeoutMs`
   */
  end(timeoutMs: number): Promise<string | undefined>;
  /** Ends it. Whoever forgets to keeps a timer and a socket, but not the program from ending. */
  release(): void;
};

const askEveryMs = 200;
const firstAnswerMs = 10_000;

/**
 * @param address base URL or `host:port` of an HTTP server that keeps connections alive
 * @throws Error when it does not answer: its end would tell nothing
 */
export async function holdConnection(address: string): Promise<HeldConnection> {
  const { hostname, port, host } = new URL(address.includes('://') ? address : `http://${address}`);
  const socket = connect(Number(port), hostname);
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  let isAnswered = true;
  let reason = 'was closed';
  socket.unref();
  socket.on('data', () => {
    isAnswered = true;
    answered.resolve();
  });
  socket.on('error', (error) => {
    reason = `broke (${error.message})`;
  });
  socket.on('close', () => {
    clearInterval(asking);
    ended.resolve(reason);
    answered.reject(new Error(`${address} did not answer: the connection ${reason}`));
  });
  const ask = () => {
    if (!isAnswered || !socket.writable) return;
    isAnswered = false;
    socket.write(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  };
  const asking = setInterval(ask, askEveryMs).unref();
  const patience = setTimeout(
    () => socket.destroy(new Error(`no answer in ${firstAnswerMs} ms`)),
    firstAnswerMs,
  );
  ask();
  try {
    await answered.promise;
  } finally {
    clearTimeout(patience);
  }
  return {
    end: (timeoutMs) => Promise.race([ended.promise, sleep(timeoutMs, undefined)]),
    release: () => socket.destroy(),
  };
}
