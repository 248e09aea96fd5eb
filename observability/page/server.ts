import { type AddressInfo, isIP } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { type Asset, readAssets } from './assets.ts';
import { findOrder } from './journey/find.ts';
import { BusyError, createSearches } from './journey/searches.ts';
import type { Sources } from './model.ts';
import { regionsOf, renderPage, titleOf } from './render/page.ts';
import { renderRunbook } from './render/runbook.ts';
import { renderTrace } from './render/trace.ts';
import { type Runbook, readRunbooks } from './runbooks.ts';
import { createPageStates, type PageStates } from './state.ts';
import { defaultWindow, type WindowSeconds, windows } from './windows.ts';

export type PageOptions = {
  readonly sources: Sources;
  readonly listen: { readonly host: string; readonly port: number };
  /** Names that the page may be asked for by, besides `localhost` and addresses; default none. */
  readonly hosts?: readonly string[];
  /** Where the runbooks are, as Markdown. */
  readonly runbooksDir: string;
  readonly nowMs: () => number;
};

export type RunningPage = {
  /** Where it is; with the port that was found when 0 was asked for. */
  readonly url: string;
  close(): Promise<void>;
};

/** Nothing is loaded from elsewhere, no script stands in the page, and no other page may frame it. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A first page is drawn by then, with what has been answered; the rest comes with the next renewal. */
const firstPatienceMs = 600;
const livePatienceMs = 6_000;

const plain = 'text/plain; charset=utf-8';

/** Serves the page. It only reads: there is nothing that a request could change. */
export async function startPage(options: PageOptions): Promise<RunningPage> {
  const { sources, listen, hosts = [], runbooksDir, nowMs } = options;
  const [assets, runbooks] = await Promise.all([readAssets(), readRunbooks(runbooksDir)]);
  const server = Fastify({ logger: false, forceCloseConnections: true, requestTimeout: 10_000 });
  // A name of somebody else's that leads here must not let their page read this one: wherever it listens, as a forwarded
  // port is one of the reader's machine. Probes come by address, which nobody can rebind.
  const known = new Set(['localhost', ...hosts]);
  server.addHook('onRequest', async ({ hostname }, reply) => {
    const name = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
    if (!known.has(name) && isIP(name) === 0)
      return reply.code(421).type(plain).send('This page is not known by that name.\n');
  });
  server.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'content-security-policy': contentPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });
  addPages(server, { states: createPageStates(sources, nowMs), runbooks });
  addOrders(server, sources, nowMs);
  addAssets(server, assets);
  await server.listen(listen);
  const { port } = server.server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return { url: `http://${host}:${port}`, close: () => server.close() };
}

function addPages(
  server: FastifyInstance,
  { states, runbooks }: { readonly states: PageStates; readonly runbooks: readonly Runbook[] },
): void {
  type Window = { Querystring: { window?: string } };
  server.get<Window>('/', async ({ query }, reply) => {
    const state = await states.read(windowOf(query.window), firstPatienceMs);
    return page(reply, renderPage(state, runbooks));
  });
  server.get<Window>('/live', async ({ query }, reply) => {
    const state = await states.read(windowOf(query.window), livePatienceMs);
    const regions = Object.entries(regionsOf(state, runbooks)).map(([id, { text }]) => [id, text]);
    reply.header('cache-control', 'no-store');
    return {
      title: titleOf(state),
      regions: Object.fromEntries(regions),
      history: state.history.found?.value ?? null,
    };
  });
  server.get<{ Params: { name: string } }>('/runbooks/:name', async ({ params }, reply) => {
    const runbook = runbooks.find(({ name }) => name === params.name);
    if (runbook !== undefined) return page(reply, renderRunbook(runbook));
    return reply.code(404).type(plain).send('There is no such runbook here.\n');
  });
  // For a probe: the page is there even when nobody whom it asks is.
  server.get('/livez', async () => ({ status: 'ok' }));
}

/** The ways of orders; looked for by few at a time. */
function addOrders(server: FastifyInstance, sources: Sources, nowMs: () => number): void {
  const searches = createSearches({ find: (id) => findOrder(sources, id, nowMs()), nowMs });
  const { jaeger, streams } = sources;
  const asked = { traces: jaeger !== undefined, streams: streams !== undefined };
  server.get<{ Querystring: { id?: string | string[] } }>('/trace', async ({ query }, reply) => {
    const id = (typeof query.id === 'string' ? query.id : '').trim().slice(0, 64);
    if (id === '') return page(reply, renderTrace({ id, asked, waterfalls: [], failures: [] }));
    try {
      return page(reply, renderTrace({ id, asked, ...(await searches.find(id)) }));
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      const answer = renderTrace({ id, asked, waterfalls: [], failures: [error.message] });
      return page(reply.code(503).header('retry-after', error.retryAfterSeconds), answer);
    }
  });
}

function addAssets(server: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  server.get<{ Params: { name: string } }>('/assets/:name', async ({ params, headers }, reply) => {
    const asset = assets.get(params.name);
    if (asset === undefined) return reply.code(404).type(plain).send('No such file.\n');
    reply.headers({ etag: asset.etag, 'cache-control': 'no-cache' });
    if (headers['if-none-match'] === asset.etag) return reply.code(304).send();
    return reply.type(asset.type).send(asset.body);
  });
}

function page(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(text);
}

function windowOf(text: string | undefined): WindowSeconds {
  return windows.find((seconds) => String(seconds) === text) ?? defaultWindow;
}
