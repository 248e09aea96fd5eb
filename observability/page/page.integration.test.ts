import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findOnPath } from '../../tools/index.ts';
import { readSloStatus, slos } from '../slo/index.ts';
import { startJaeger } from './fixtures/jaeger.ts';
import { orderTrace } from './fixtures/orders.ts';
import { freePort, type RunningProgram } from './fixtures/program.ts';
import { startPrometheus } from './fixtures/prometheus.ts';
import { broken, calm, stormy } from './fixtures/stories.ts';
import { tellStory } from './fixtures/story.ts';
import { type RunningPage, type Sources, startPage } from './index.ts';

const executablePath = await findOnPath('chromium', process.env);

if (executablePath === undefined)
  console.warn('the tests of a page are skipped: there is no chromium on PATH');

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const startedAtMs = Date.now();
const plainOrder = { traceId: 'a1'.repeat(16), orderId: 'b1'.repeat(16), startMs: startedAtMs - 30_000 };
const batchedOrder = { traceId: 'a3'.repeat(16), orderId: 'b3'.repeat(16), startMs: startedAtMs - 90_000 };
const repeatedOrder = { traceId: 'a2'.repeat(16), orderId: 'b2'.repeat(16), startMs: startedAtMs - 60_000 };

describe.skipIf(executablePath === undefined)('the page in Chromium', () => {
  let browser: Browser;
  let folder: string;
  const started: { stop(): Promise<void> }[] = [];
  const prometheus = {} as Record<'calm' | 'stormy' | 'empty', RunningProgram>;
  let jaeger: RunningProgram;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stormproof-page-'));
    const stories = [
      ['calm', tellStory(calm, startedAtMs)],
      ['stormy', tellStory(stormy, startedAtMs)],
      ['empty', ''],
    ] as const;
    for (const [name, samples] of stories) {
      prometheus[name] = await startPrometheus(samples);
      started.push(prometheus[name]);
    }
    const store = await startJaeger();
    started.push(store);
    jaeger = store;
    await store.tell([
      ...orderTrace(plainOrder),
      ...orderTrace({ ...repeatedOrder, deliveries: 2 }),
      ...orderTrace({ ...batchedOrder, isBatched: true }),
    ]);
    await mkdir(join(folder, 'runs', 'storm-1'), { recursive: true });
    await writeFile(join(folder, 'runs', 'storm-1', 'report.json'), JSON.stringify(report));
    // As root, which containers are, it has no sandbox; the page is our own.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(started.map((one) => one.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(sources: Partial<Sources> & Pick<Sources, 'prometheus'>): Promise<RunningPage> {
    const page = await startPage({
      sources: { jaeger: jaeger.url, runsDir: join(folder, 'runs'), ...sources },
      listen: { host: '127.0.0.1', port: 0 },
      runbooksDir: fileURLToPath(new URL('../../docs/runbooks', import.meta.url)),
      nowMs: Date.now,
    });
    started.push({ stop: () => page.close() });
    return page;
  }

  /** Opens a page; what the browser complains about, or asks others for, comes into the list. */
  async function open(url: string, options: BrowserContextOptions = {}) {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 900 }, ...options });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(request.url());
    });
    await page.goto(url);
    // What was asked for when the page was drawn has been answered then.
    await vi.waitUntil(async () => {
      if ((await page.locator('[data-waiting]').count()) === 0) return true;
      if (options.javaScriptEnabled === false) await page.reload();
      return false;
    }, waiting);
    return { page, complaints };
  }

  const waiting = { timeout: 30_000, interval: 100 };
  const figure = async (page: Page, slo: string, name: string) =>
    Number(await page.locator(`[data-slo="${slo}"] [data-figure="${name}"]`).getAttribute('data-value'));

  describe('of a calm platform', () => {
    let url: string;
    beforeAll(async () => {
      url = (await serve({ prometheus: prometheus.calm.url })).url;
    });

    it('answers yes, shows every objective, and asks nobody else for anything', async () => {
      const { page, complaints } = await open(url);
      expect(await textOf(page.locator('.verdict').first())).toMatch(
        /^Yes\.\s+All 4 objectives were met in the last hour\.$/,
      );
      expect(await page.locator('.card').count()).toBe(slos.length + 1);
      expect(await page.locator('.card .state').allInnerTexts()).toEqual(Array(5).fill('Kept'));
      expect(await textOf(page.locator('#alerts'))).toContain('No alert of the platform fires');
      expect(await textOf(page.locator('#chaos'))).toContain('No fault is injected');
      expect(await textOf(page.locator('#flow'))).toMatch(/closed\s+payment-0/);
      expect(await page.locator('.charts canvas').count()).toBe(6);
      expect(await page.title()).toMatch(/^Yes: /);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('has its figures before its scripts run', async () => {
      const { page } = await open(url, { javaScriptEnabled: false });
      expect(await textOf(page.locator('.verdict').first())).toContain('Yes');
      expect(await figure(page, 'acceptance-availability', 'good')).toBe(1);
      expect(await page.locator('#charts table').first().locator('tbody tr').count()).toBeGreaterThan(10);
      await page.close();
    });

    it('counts as many orders at each stage as there were', async () => {
      const { page } = await open(url);
      expect(new Set(await page.locator('[data-stage]').allInnerTexts()).size).toBe(1);
      for (const stage of ['accepted', 'stored', 'charged', 'settled']) {
        const text = await textOf(page.locator(`[data-stage="${stage}"]`));
        const orders = Number(text.replaceAll(',', ''));
        // The window begins and ends between two samples, which are 15 s apart.
        expect(Math.abs(orders - calm.ordersPerSecond * 3_600), stage).toBeLessThanOrEqual(
          calm.ordersPerSecond * 15,
        );
      }
      await page.close();
    });
  });

  describe('of a platform in a storm', () => {
    let url: string;
    beforeAll(async () => {
      url = (await serve({ prometheus: prometheus.stormy.url })).url;
    });

    it('says the same as `slo status` of the same Prometheus', async () => {
      const ask = () => readSloStatus({ prometheus: prometheus.stormy.url, slos, windowSeconds: 3_600 });
      const before = await ask();
      const { page } = await open(url);
      const after = await ask();
      for (const [at, slo] of before.entries()) {
        // Between two answers there may be a step more, and one less.
        for (const [name, field] of Object.entries(fields)) {
          const range = [slo[field] ?? 0, after[at]?.[field] ?? 0].toSorted((a, b) => a - b);
          const shown = await figure(page, slo.name, name);
          expect(shown, `${slo.name} ${field}`).toBeGreaterThanOrEqual((range[0] ?? 0) - 1e-9);
          expect(shown, `${slo.name} ${field}`).toBeLessThanOrEqual((range[1] ?? 0) + 1e-9);
        }
        const word = { kept: 'Kept', broken: 'Broken', 'no-events': 'No orders', 'no-data': 'Not measured' };
        expect(await textOf(page.locator(`[data-slo="${slo.name}"] .state`))).toBe(word[slo.verdict]);
      }
      expect(before.some(({ verdict }) => verdict === 'broken')).toBe(true);
      await page.close();
    });

    it('says no, why, what is broken on purpose, and what to do', async () => {
      const { page, complaints } = await open(url);
      await vi.waitUntil(
        async () => (await textOf(page.locator('#alerts'))).includes('BreakerOpen'),
        waiting,
      );
      expect(await textOf(page.locator('.verdict').first())).toMatch(/^No\./);
      expect(await textOf(page.locator('.reasons'))).toContain('Without announced chaos');
      expect(await textOf(page.locator('#chaos'))).toMatch(/provider-slow\s+psp-0/);
      expect(await textOf(page.locator('#flow'))).toMatch(/open\s+payment-0/);
      expect(await textOf(page.locator('#charts'))).toContain('kill nats-1');
      expect(await textOf(page.locator('#runs'))).toMatch(/FAIL\s+storm/);
      expect(await textOf(page.locator('#alerts'))).toContain('No Alertmanager is known');
      await page.locator('.reasons a').first().click();
      expect(await textOf(page.locator('h1'))).toBe('AcceptanceAvailabilityBudgetBurn');
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('renews itself in place, and keeps the focus, an open table and what was typed', async () => {
      const { page, complaints } = await open(url);
      const asked = () => page.locator('#answer time').getAttribute('datetime');
      const first = await asked();
      await page.locator('#chart-orders-table summary').click();
      await page.locator('#trace-id').fill('half an id');
      await vi.waitUntil(async () => (await asked()) !== first, waiting);
      expect(await page.locator('#chart-orders-table').getAttribute('open')).not.toBeNull();
      expect(await page.locator('#trace-id').inputValue()).toBe('half an id');
      expect(await page.evaluate('document.activeElement?.id')).toBe('trace-id');
      expect(await page.locator('.charts canvas').count()).toBe(6);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('says no for orders that are wrong, though every objective was met', async () => {
      const own = await startPrometheus(tellStory(broken, Date.now()));
      started.push(own);
      const { page } = await open((await serve({ prometheus: own.url })).url);
      expect(await textOf(page.locator('.verdict').first())).toMatch(
        /^No\.\s+There are orders that are wrong/,
      );
      expect(await textOf(page.locator('.reasons'))).toContain('3 orders are lost: the audit found it.');
      expect(await textOf(page.locator('[data-slo="correctness"] .state'))).toBe('Broken');
      await page.close();
    });

    it('can be told to stand still, and in which colours', async () => {
      const { page } = await open(url);
      await page.locator('#pause').click();
      expect(await textOf(page.locator('#connection'))).toMatch(/^Paused/);
      expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('true');
      const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const light = await paper();
      await page.locator('#theme').click();
      await page.locator('#theme').click();
      expect(await textOf(page.locator('#theme'))).toBe('Theme: dark');
      expect(await paper()).not.toBe(light);
      await page.reload();
      expect(await textOf(page.locator('#theme'))).toBe('Theme: dark');
      expect(await paper()).not.toBe(light);
      await page.close();
    });

    it('looks as far back as it is told', async () => {
      const { page } = await open(url);
      await page.getByRole('link', { name: '15 minutes' }).click();
      expect(await textOf(page.locator('.verdict').first())).toContain('the last 15 minutes');
      // The outage was twenty minutes ago.
      expect(await textOf(page.locator('[data-slo="acceptance-availability"] .state'))).toBe('Kept');
      await page.close();
    });

    it('can be used with the keyboard alone', async () => {
      const { page } = await open(url);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement?.className')).toBe('skip');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('location.hash')).toBe('#main');
      const plot = page.locator('[data-chart="orders"] .plot');
      await plot.focus();
      for (let times = 0; times < 30; times++) await page.keyboard.press('ArrowLeft');
      const legends = await page.locator('.u-legend').allInnerTexts();
      expect(legends[0]).toMatch(/at:?\s*\d\d:\d\d:\d\d/);
      expect(legends[3]).toMatch(/p99:?\s*[\d.]+ m?s/);
      await page.locator('#trace-id').focus();
      await page.keyboard.type(plainOrder.orderId);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/trace\?id=/);
      expect(await textOf(page.locator('.waterfall h2'))).toContain(plainOrder.orderId);
      await page.close();
    });
  });

  describe("an order's way", () => {
    let url: string;
    beforeAll(async () => {
      url = (await serve({ prometheus: prometheus.calm.url })).url;
    });
    const steps = (page: Page) => page.locator('.waterfall tbody .step').allInnerTexts();

    it('is one click away, whole, with what waited', async () => {
      const { page, complaints } = await open(url);
      await page.locator('#traces').getByRole('link', { name: plainOrder.orderId }).click();
      expect(await textOf(page.locator('.waterfall .verdict'))).toMatch(/^Charged\.\s+42\.4 ms/);
      expect(await steps(page)).toEqual([
        ...['POST /v1/orders', 'orders publish', 'waits for payment', 'ProcessPayment', 'charge'],
        ...['POST /v1/charges', 'outcomes publish', 'waits for order', 'settle'],
      ]);
      await page.locator('.waterfall summary').first().click();
      expect(await textOf(page.locator('.waterfall dl').first())).toContain(plainOrder.orderId);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('is among the newest, the newest first, however the order came', async () => {
      const { page } = await open(url);
      const links = page.locator('#traces .rows a');
      expect(await links.allInnerTexts()).toEqual(
        [plainOrder, repeatedOrder, batchedOrder].map(({ orderId }) => orderId),
      );
      await links.last().click();
      expect((await steps(page))[0]).toBe('POST /v1/orders/batch');
      await page.close();
    });

    it('is found by the id of the order, and shows a message that was delivered twice', async () => {
      const { page } = await open(`${url}/trace?id=${repeatedOrder.orderId}`);
      expect(await page.locator('.waterfall').count()).toBe(1);
      expect(await textOf(page.locator('.waterfall'))).toContain('delivered 2 times');
      expect(await steps(page)).toContain('waits to be delivered again');
      await page.close();
    });

    it('says what an absent trace means, and never takes an id for HTML', async () => {
      const id = '<img src=x onerror=alert(1)>';
      const { page, complaints } = await open(`${url}/trace?id=${encodeURIComponent(id)}`);
      expect(await textOf(page.locator('main'))).toContain(`There is no trace of ${id}`);
      expect(await page.locator('main img').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('says plainly that Jaeger does not answer', async () => {
      const gone = `http://127.0.0.1:${await freePort()}`;
      const page = await serve({ prometheus: prometheus.calm.url, jaeger: gone });
      const { page: tab } = await open(`${page.url}/trace?id=${plainOrder.orderId}`);
      expect(await textOf(tab.locator('main'))).toContain(`Jaeger at ${gone} does not answer`);
      await tab.close();
    });
  });

  describe('of what it cannot know', () => {
    it('says plainly that Prometheus and Alertmanager do not answer, and what was tried', async () => {
      const gone = `http://127.0.0.1:${await freePort()}`;
      const { url } = await serve({ prometheus: gone, alertmanager: gone });
      const { page, complaints } = await open(url);
      expect(await textOf(page.locator('.verdict').first())).toMatch(
        new RegExp(`^Not known\\.\\s+Nobody can tell: Prometheus at ${gone} does not answer: .*ECONNREFUSED`),
      );
      expect(await textOf(page.locator('#promises'))).toContain('No figures');
      expect(await textOf(page.locator('#alerts'))).toContain(`Alertmanager at ${gone} does not answer`);
      expect(await textOf(page.locator('#sources'))).toContain(gone);
      expect(await page.locator('.card').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('says of an empty Prometheus that nothing was measured', async () => {
      const { url } = await serve({
        prometheus: prometheus.empty.url,
        jaeger: undefined,
        runsDir: undefined,
      });
      const { page, complaints } = await open(url);
      expect(await textOf(page.locator('.verdict').first())).toContain('nothing was measured');
      expect(await page.locator('.card .state').allInnerTexts()).toEqual([
        ...Array(4).fill('Not measured'),
        'Not checked',
      ]);
      expect(await textOf(page.locator('#charts'))).toContain('Nothing was measured in this time');
      expect(await textOf(page.locator('#flow'))).toContain('Nobody tells what waits');
      expect(await textOf(page.locator('#runs'))).toContain('knows no directory of runs');
      expect(await textOf(page.locator('#traces'))).toContain('knows no Jaeger');
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('marks what it knew as old when Prometheus goes away, and when its own server does', async () => {
      const own = await startPrometheus(tellStory(calm, Date.now()));
      started.push(own);
      const server = await serve({ prometheus: own.url });
      const { page } = await open(server.url);
      await own.stop();
      await vi.waitUntil(
        async () => (await textOf(page.locator('#flow'))).includes('Nothing newer came since then'),
        waiting,
      );
      expect(await textOf(page.locator('[data-stage="stored"]'))).toMatch(/\d/);
      await server.close();
      await vi.waitUntil(
        async () => (await textOf(page.locator('#connection'))).includes('does not answer'),
        waiting,
      );
      await page.close();
    });
  });

  describe('for everybody', () => {
    it.each([360, 768, 1_280])(
      'fits %i px, has no barrier that axe finds, in light and dark',
      async (width) => {
        const { url } = await serve({ prometheus: prometheus.stormy.url });
        const paths = ['/', `/trace?id=${repeatedOrder.orderId}`, '/runbooks/breaker-open'];
        for (const colorScheme of ['light', 'dark'] as const) {
          for (const path of paths) {
            const { page } = await open(`${url}${path}`, { colorScheme, viewport: { width, height: 800 } });
            const beyond = await page.evaluate(
              'document.documentElement.scrollWidth - document.documentElement.clientWidth',
            );
            expect(beyond, path).toBe(0);
            expect(await barriersOf(page), `${path} ${colorScheme}`).toEqual([]);
            const picture = await page.screenshot({ fullPage: true });
            await writeFile(join(folder, `${width}-${colorScheme}-${paths.indexOf(path)}.png`), picture);
            expect(picture.length).toBeGreaterThan(10_000);
            await page.close();
          }
        }
      },
    );

    it('would be told about a barrier', async () => {
      const { url } = await serve({ prometheus: prometheus.calm.url });
      const { page } = await open(url);
      await page.evaluate(
        "document.querySelector('label[for=trace-id]').remove(); document.querySelector('.verdict span').style.color = '#ccc'",
      );
      expect(await barriersOf(page)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^label/), expect.stringMatching(/^color-contrast/)]),
      );
      await page.close();
    });
  });
});

const fields = {
  good: 'goodShare',
  burn: 'burnRate',
  budget: 'budgetLeft',
  'budget-chaos': 'budgetLeftWithChaos',
} as const;

const report = {
  ...{
    schemaVersion: 1,
    runId: 'storm-1',
    kind: 'storm',
    target: 'local',
    startedAtMs: 1,
    endedAtMs: 60_001,
  },
  decision: { verdict: 'FAIL', reasons: [{ verdict: 'FAIL', text: 'one order is lost' }] },
};

/** What a reader sees of it now, without waiting for it. */
async function textOf(element: Locator): Promise<string> {
  return (await element.allInnerTexts()).join('\n');
}

/** What axe finds against WCAG 2.2 A and AA and good practice, as `rule: element`. */
async function barriersOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
}
