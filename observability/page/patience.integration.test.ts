import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from './fixtures/program.ts';
import { type RunningPage, startPage } from './index.ts';

/** A source that takes every question and answers none. */
let hanging: Server;
let hangingUrl: string;
let open = 0;
let mostOpen = 0;
let page: RunningPage;

beforeAll(async () => {
  hanging = createServer((request) => {
    mostOpen = Math.max(mostOpen, ++open);
    request.on('close', () => open--);
  });
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  hangingUrl = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
  page = await startPage({
    sources: { prometheus: hangingUrl, alertmanager: hangingUrl, jaeger: hangingUrl },
    listen: { host: '127.0.0.1', port: 0 },
    runbooksDir: fileURLToPath(new URL('../../docs/runbooks', import.meta.url)),
    nowMs: Date.now,
  });
});
afterAll(async () => {
  await page.close();
  hanging.closeAllConnections();
  await new Promise((resolve) => hanging.close(resolve));
});

it('says of a source that hangs that nothing came, while the one who asked still waits', async () => {
  const answer = await fetch(`${page.url}/live`, { signal: AbortSignal.timeout(8_000) });
  const { regions } = (await answer.json()) as { readonly regions: Readonly<Record<string, string>> };
  const late = `Prometheus at ${hangingUrl} does not answer: nothing came in time`;
  for (const region of ['answer', 'promises', 'flow', 'charts', 'alerts'])
    expect(regions[region], region).toContain(late);
  expect(regions.traces).toContain(`Jaeger at ${hangingUrl} does not answer`);
  expect(regions.alerts).toContain(`Alertmanager at ${hangingUrl} does not answer`);
});

it('has no more than eight questions open at once', () => {
  expect(mostOpen).toBeGreaterThan(1);
  expect(mostOpen).toBeLessThanOrEqual(8);
});

it('refuses a search too many at once, says when to come again, and answers the others', async () => {
  const search = (at: number) => fetch(`${page.url}/trace?id=${String(at).repeat(32)}`);
  const answers = await Promise.all([1, 2, 3, 4, 5, 1, 2].map(search));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 503, 200, 200]);
  expect(answers[4]?.headers.get('retry-after')).toBe('1');
  expect(await answers[4]?.text()).toContain('4 orders are being looked for already');
  expect(await answers[0]?.text()).toContain(`Jaeger at ${hangingUrl} does not answer`);
});

it('says who could not be asked where streams are known, too', async () => {
  const gone = `http://127.0.0.1:${await freePort()}`;
  const other = await startPage({
    sources: {
      prometheus: hangingUrl,
      streams: { orderAdmin: [gone], askBrokers: () => Promise.reject(new Error('never asked')) },
    },
    listen: { host: '127.0.0.1', port: 0 },
    runbooksDir: '/nowhere',
    nowMs: Date.now,
  });
  const text = await (await fetch(`${other.url}/trace?id=${'a'.repeat(32)}`)).text();
  await other.close();
  expect(text).toContain(`the order service at ${gone} does not answer`);
});
