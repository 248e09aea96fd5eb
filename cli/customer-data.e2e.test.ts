import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers, awaitDrain } from '../chaos/index.ts';
import { startPage } from '../observability/page/index.ts';
import {
  attachLocalTarget,
  createLocalTarget,
  type LocalTarget,
  toolsNeeded,
} from '../targets/local/index.ts';
import { ensureTools } from '../tools/index.ts';
import { names, platform } from '../topology/index.ts';
import { findCanaries, findCanariesBelow, type Leak } from './fixtures/canaries.ts';
import {
  breakOrders,
  canaries,
  canaryClient,
  clientHeaders,
  leakByTelemetry,
  metricsOf,
  sendAwkwardOrders,
  tracesOf,
} from './fixtures/customer.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';
import { repositoryRoot } from './paths.ts';

let stormproof: Stormproof;
let target: LocalTarget;
/** What people and programs were told meanwhile, by who told it. */
const told: Record<string, string> = {};

/** What is said only while somebody searches for a mistake is said, too. */
const settings = Object.fromEntries(
  platform.services.map(({ name }) => [name, { STORMPROOF_LOG_LEVEL: 'debug' }]),
);

beforeAll(async () => {
  stormproof = await createStormproof();
  const tools = await ensureTools(toolsNeeded({ topology: platform, chaos: true }), { env: process.env });
  const runDir = join(stormproof.stateDir, 'local');
  await createLocalTarget({ topology: platform, runDir, tools, chaos: true, settings, apiKeys: true }).up();
  target = await attachLocalTarget({ runDir });
  await addClient(join(runDir, 'keys', 'clients.json'));
});
afterAll(() => stormproof.cleanUp());

/** As somebody would add one while the platform runs. */
async function addClient(path: string): Promise<void> {
  const { clients } = JSON.parse(await readFile(path, 'utf8')) as { readonly clients: readonly object[] };
  await writeFile(path, JSON.stringify({ clients: [...clients, canaryClient] }));
  await until('the client is let in', async () => {
    const { order } = await target.addresses();
    const { status } = await fetch(`${order[0]}/v1/orders/${'0'.repeat(32)}`, { headers: clientHeaders });
    return status === 404;
  });
}

/** Streams, the provider's ledger and the projections keep what customers sent, the clients file names clients: they are for that. */
const owed = ['nats-0', 'nats-1', 'nats-2', 'psp-0', 'order-0'];
const isOwed = (path: string) =>
  path === join(stormproof.stateDir, 'local', 'keys', 'clients.json') ||
  owed.some((instance) => path.startsWith(join(stormproof.stateDir, 'local', 'data', instance)));

async function findEverywhere(): Promise<{ readonly leaks: readonly Leak[]; readonly files: number }> {
  const { leaks, files } = await findCanariesBelow(stormproof.stateDir, canaries, isOwed);
  const answers = {
    ...told,
    Jaeger: await tracesOf(target),
    Prometheus: await metricsOf(target),
    'the page': await readPage(),
  };
  const inAnswers = Object.entries(answers).flatMap(([where, text]) => findCanaries(canaries, where, text));
  return { leaks: [...leaks, ...inAnswers], files };
}

async function readPage(): Promise<string> {
  const { prometheus, alertmanager, jaeger } = await target.addresses();
  const page = await startPage({
    sources: { prometheus, alertmanager, jaeger, runsDir: join(stormproof.stateDir, 'runs') },
    listen: { host: '127.0.0.1', port: 0 },
    runbooksDir: join(repositoryRoot, 'docs/runbooks'),
    nowMs: Date.now,
  });
  try {
    const texts = ['/', '/live'].map(async (path) => (await fetch(page.url + path)).text());
    return (await Promise.all(texts)).join('\n');
  } finally {
    await page.close();
  }
}

describe('customer data', () => {
  test('is in no log, trace, metric, report or page, whatever went wrong with the orders', async () => {
    const answers = await sendAwkwardOrders(target);
    await breakOrders(target);
    await awaitDrain({ target, timeoutMs: 30_000, onProgress: () => {} });

    // That the orders met their fates is what makes the search worth anything.
    expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([
      200, 201, 207, 400, 401, 403, 404, 413, 415, 422, 504,
    ]);
    const deadLetters = await askBrokers(
      target,
      async ({ streams }) => (await streams.info(names.deadLettersStream)).state.messages,
    );
    expect(deadLetters).toBeGreaterThanOrEqual(3);

    await until('the traces have arrived', async () => (await tracesOf(target)).includes('"charge"'));
    for (const words of [['audit'], ['status'], ['slo', 'status'], ['logs', 'order', 'payment']]) {
      const { stdout, stderr } = await stormproof.run(...words);
      told[words.join(' ')] = stdout + stderr;
    }
    expect(told.audit).toContain('FAIL');
    const { leaks, files } = await findEverywhere();
    expect(leaks).toEqual([]);
    expect(files).toBeGreaterThan(30);
  });

  test('is found where somebody does leak it: in a log, in a label, in a span', async () => {
    const leak = canaries[0]?.text ?? '';
    await appendFile(target.logFile('order-0'), `${JSON.stringify({ msg: 'no such customer', leak })}\n`);
    await leakByTelemetry(target, leak);
    const places = [target.logFile('order-0'), 'Jaeger', 'Prometheus'];
    await until('every leak is found', async () => {
      const found = (await findEverywhere()).leaks.map(({ where }) => where);
      return places.every((place) => found.includes(place));
    });
  });
});
