import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseRecorderArguments } from '../recorder/arguments.ts';
import { historyFile, manifestFile } from '../recorder/manifest.ts';
import { type RecorderOptions, runRecorder } from '../recorder/run.ts';
import { type AgentOrder, type AgentStatus, agentLeaseMs } from './protocol.ts';

/** A recorder that waits to be told what to send and when to begin. */
export type Agent = {
  readonly port: number;
  /** Resolves when the agent was told to end, or was left alone. */
  readonly ended: Promise<'told' | 'left alone'>;
  /** Ends a run that is under way, and the server. */
  close(): Promise<void>;
};

/** An order is some kilobytes: arguments and a shape. */
const bodyBytesMax = 256 * 1024;

/**
 * Starts an agent for one run; protocol.ts says what it answers. It listens on loopback only: whoever may reach it is on
 * its machine, or comes by port-forward from inside its pod.
 *
 * @param options.directory where the recorder writes; must hold no run
 * @param options.port 0 for any
 * @param options.leaseMs default {@link agentLeaseMs}; counts from the first request
 */
export async function startAgent(options: {
  readonly directory: string;
  readonly port: number;
  readonly leaseMs?: number;
}): Promise<Agent> {
  const { directory, leaseMs = agentLeaseMs } = options;
  const run = createRun(directory);
  const { promise: ended, resolve: end } = Promise.withResolvers<'told' | 'left alone'>();
  let lease: NodeJS.Timeout | undefined;
  const server = createServer((request, response) => {
    clearTimeout(lease);
    lease = setTimeout(() => end('left alone'), leaseMs);
    answer(request, response, { directory, run, end: () => end('told') }).catch((error: unknown) => {
      // What was being read has gone, or the conductor has: either way there is nobody to tell but by breaking off.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    ended,
    async close() {
      clearTimeout(lease);
      run.stop();
      await run.settled();
      await closeServer(server);
    },
  };
}

type Run = {
  readonly status: () => AgentStatus;
  /** @returns problems of the arguments; undefined when the run was taken on */
  begin(order: AgentOrder): readonly string[] | undefined;
  stop(): void;
  settled(): Promise<void>;
};

function createRun(directory: string): Run {
  const stopping = new AbortController();
  let status: AgentStatus = { state: 'idle' };
  let running: Promise<void> = Promise.resolve();

  async function send(recorder: RecorderOptions, startsInMs: number): Promise<void> {
    const { signal } = stopping;
    try {
      await delay(startsInMs, undefined, { signal }).catch(() => {
        // Stopped before it began: the recorder then sends nothing, and leaves a history that says so.
      });
      const onProgress: RecorderOptions['onProgress'] = (progress) => {
        status = { state: 'running', progress };
      };
      const manifest = await runRecorder({ ...recorder, signal, onProgress });
      status = { ...status, state: 'finished', manifest };
    } catch (error) {
      status = {
        ...status,
        state: 'failed',
        problem: error instanceof Error ? error.message : String(error),
      };
    }
  }

  return {
    status: () => status,
    begin({ arguments: given, startsInMs, clientKey }) {
      const parsed = parseRecorderArguments([...given, `--out-dir=${directory}`]);
      if (parsed.problems !== undefined) return parsed.problems;
      status = { state: 'running' };
      running = send({ ...parsed.options, ...(clientKey === undefined ? {} : { clientKey }) }, startsInMs);
      return undefined;
    },
    stop: () => stopping.abort(),
    settled: () => running,
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { directory, run, end }: { readonly directory: string; readonly run: Run; readonly end: () => void },
): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /status':
      return sendJson(response, 200, run.status());
    case 'POST /run':
      return begin(request, response, run);
    case 'POST /stop':
      run.stop();
      return sendJson(response, 202, {});
    case 'POST /end':
      sendJson(response, 202, {});
      return end();
    case `GET /${manifestFile}`:
      return sendFile(response, join(directory, manifestFile));
    case `GET /${historyFile}`:
      return sendFile(response, join(directory, historyFile));
    default:
      return sendJson(response, 404, { problem: `there is no ${request.method} ${request.url}` });
  }
}

async function begin(request: IncomingMessage, response: ServerResponse, run: Run): Promise<void> {
  const order = await readOrder(request);
  if (order === undefined) return sendJson(response, 400, { problem: 'expected arguments and startsInMs' });
  if (run.status().state !== 'idle') return sendJson(response, 409, { problem: 'the agent has had its run' });
  const problems = run.begin(order);
  if (problems === undefined) sendJson(response, 202, {});
  else sendJson(response, 400, { problem: problems.join('; ') });
}

/** @returns undefined for what is no order */
async function readOrder(request: IncomingMessage): Promise<AgentOrder | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk as Buffer);
  }
  try {
    const order = JSON.parse(Buffer.concat(chunks).toString()) as Partial<AgentOrder> | null;
    const isList =
      Array.isArray(order?.arguments) && order.arguments.every((word) => typeof word === 'string');
    const isTime = Number.isFinite(order?.startsInMs) && Number(order?.startsInMs) >= 0;
    return isList && isTime ? (order as AgentOrder) : undefined;
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  const file = createReadStream(path);
  try {
    // Nothing is said before the file is known to be there.
    await new Promise((resolve, reject) => file.once('open', resolve).once('error', reject));
  } catch {
    return sendJson(response, 404, { problem: 'the recorder wrote no such file' });
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  await pipeline(file, response);
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
