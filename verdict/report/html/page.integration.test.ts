import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findOnPath } from '../../../tools/index.ts';
import { shapedReport, stormReport } from '../fixtures/storm.ts';
import { readChartLibrary } from './chart-library.ts';
import { renderHtml } from './page.ts';

const executablePath = await findOnPath('chromium', process.env);

if (executablePath === undefined)
  console.warn('the tests of a page are skipped: there is no chromium on PATH');

describe.skipIf(executablePath === undefined)('a report in Chromium', () => {
  const report = stormReport({ verdict: 'PASS', reasons: [] });
  let browser: Browser;
  let directory: string;
  let url: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'report-'));
    const file = join(directory, 'report.html');
    await writeFile(file, renderHtml(report, await readChartLibrary()));
    url = pathToFileURL(file).href;
    // As root, which containers are, it has no sandbox; the page is our own.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Opens the page; what the browser complains about, or asks for, comes into the list. */
  async function open(options: BrowserContextOptions = {}, at = url) {
    const page = await browser.newPage({ viewport: { width: 1_100, height: 900 }, ...options });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => request.url() !== at && complaints.push(request.url()));
    await page.goto(at);
    return { page, complaints };
  }

  it('draws a plot for each quantity, and shades the time of the faults', async () => {
    const { page, complaints } = await open();
    expect(await page.locator('.plots figure canvas').count()).toBe(6);
    expect(complaints).toEqual([]);
    const backlog = page.locator('figure', { hasText: 'Backlog' });
    // Of 95 seconds the first fault held from 20 to 30, the second from 40; the platform recovered until 34.2.
    const [calm, fault, recovered] = await Promise.all(
      [10.5, 25.5, 32].map((at) => shadeAt(backlog, at / 95)),
    );
    expect(calm).toBe('0,0,0,0');
    expect(fault).not.toBe(calm);
    expect(new Set([calm, fault, recovered]).size).toBe(3);
    await page.close();
  });

  it('shades every other phase of a load that has some', async () => {
    const file = join(directory, 'load.html');
    await writeFile(
      file,
      renderHtml(shapedReport({ verdict: 'PASS', reasons: [] }), await readChartLibrary()),
    );
    const { page, complaints } = await open({}, pathToFileURL(file).href);
    expect(complaints).toEqual([]);
    const backlog = page.locator('figure', { hasText: 'Backlog' });
    // The load begins at second 5; a phase takes 15 s.
    const [first, second, third] = await Promise.all(
      [10.5, 25.5, 40.5].map((at) => shadeAt(backlog, at / 95)),
    );
    expect(first).toBe('0,0,0,0');
    expect(second).not.toBe(first);
    expect(third).toBe(first);
    await page.close();
  });

  it('moves the cursor of all plots with the arrow keys of one', async () => {
    const { page } = await open();
    await page.locator('figure', { hasText: 'Orders a second' }).focus();
    for (let times = 0; times < 20; times++) await page.keyboard.press('ArrowRight');
    const legends = await page.locator('.u-legend').allInnerTexts();
    expect(legends[0]).toMatch(/accepted:?\s*1,000/);
    expect(legends[1]).toMatch(/p50:?\s*4\.\d+ ms/);
    await page.close();
  });

  it.each([
    ['a phone', { viewport: { width: 360, height: 740 } }],
    ['a dark desktop', { colorScheme: 'dark' as const }],
  ])('fits %s', async (_where, options) => {
    const { page, complaints } = await open(options);
    const [page_, window_] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
      number,
      number,
    ];
    expect(page_).toBeLessThanOrEqual(window_);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('can be read without JavaScript', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.locator('.plots').isVisible()).toBe(false);
    await page.locator('summary', { hasText: 'Orders and latency' }).click();
    expect(await page.locator('details table').last().textContent()).toContain('1,800');
    await page.close();
  });
});

/** The colour near the upper edge of a plot, above its lines, at a share of its width. */
function shadeAt(figure: ReturnType<Page['locator']>, share: number): Promise<string> {
  return figure.evaluate((element, at) => {
    const canvas = element.querySelector('canvas') as unknown as {
      width: number;
      getBoundingClientRect(): { left: number; top: number; width: number };
      getContext(kind: '2d'): {
        getImageData(x: number, y: number, w: number, h: number): { data: number[] };
      };
    };
    const over = (element.querySelector('.u-over') as unknown as typeof canvas).getBoundingClientRect();
    const on = canvas.getBoundingClientRect();
    const scale = canvas.width / on.width;
    const x = (over.left - on.left + over.width * at) * scale;
    const y = (over.top - on.top + 3) * scale;
    return [...canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data].join();
  }, share);
}
