/**
 * Makes the pictures of the README: runs a small storm on a platform of its own, and photographs the page, an order's way
 * and the report in Chromium. Nothing of it is staged; another run gives other figures.
 *
 *     npm run screenshots
 *
 * Needs `chromium` on PATH. Takes some three minutes, and leaves nothing but the pictures beside this file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findOnPath } from '../../tools/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const images = fileURLToPath(new URL('.', import.meta.url));

/** A README is read on slow lines, too. */
const bytesMax = 300_000;

const executablePath = await findOnPath('chromium', process.env);
if (executablePath === undefined) throw new Error('there is no chromium on PATH');
const stateDir = await mkdtemp(join(tmpdir(), 'stormproof-screenshots-'));

function start(...args: readonly string[]): ChildProcess {
  const stdio: ('ignore' | 'inherit' | 'pipe')[] = ['ignore', 'pipe', 'inherit'];
  return spawn(join(root, 'stormproof'), [...args, '--dir', stateDir], { stdio });
}

/** What a command prints; @throws when it does not end with one of these exit codes */
async function run(exitCodes: readonly number[], ...args: readonly string[]): Promise<string> {
  const child = start(...args);
  let printed = '';
  child.stdout?.on('data', (text: Buffer) => {
    printed += String(text);
  });
  const [code] = (await once(child, 'close')) as [number];
  if (!exitCodes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}: ${printed}`);
  return printed;
}

/** Serves the page until it is stopped. */
async function servePage(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = start('slo', 'open', '--no-browser', '--json');
  let told = '';
  for await (const text of child.stdout ?? []) {
    told += String(text);
    const url = /"url": "(http:[^"]+)"/.exec(told)?.[1];
    if (url === undefined) continue;
    const ended = once(child, 'close');
    return {
      url,
      async stop() {
        child.kill('SIGINT');
        await ended;
      },
    };
  }
  throw new Error(`the page was not served: ${told}`);
}

/** @throws when the picture is larger than a README should load */
async function photograph(page: Page, name: string): Promise<void> {
  const path = join(images, `${name}.png`);
  await page.screenshot({ path });
  const { size } = await stat(path);
  if (size > bytesMax) throw new Error(`${path} has ${size} bytes; expected ${bytesMax} at most`);
  process.stdout.write(`${path}: ${Math.round(size / 1_000)} kB\n`);
}

async function open(
  browser: Browser,
  url: string,
  colorScheme: 'light' | 'dark',
  height: number,
): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1_200, height } });
  await page.goto(url);
  await page.waitForFunction("document.querySelector('[data-waiting]') === null");
  // Charts are drawn a frame later.
  await page.waitForTimeout(1_000);
  return page;
}

async function photographAll(browser: Browser, url: string, report: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await open(browser, `${url}/?window=900`, colorScheme, 1_400);
    await photograph(page, `page-${colorScheme}`);
    if (colorScheme === 'light') {
      await page.locator('#traces .rows a').first().click();
      await page.locator('.waterfall').first().waitFor();
      await page.setViewportSize({ width: 1_200, height: 640 });
      await photograph(page, 'order');
    }
    await page.close();
  }
  const page = await open(browser, pathToFileURL(report).href, 'light', 1_100);
  await photograph(page, 'report');
  await page.close();
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  // A busy machine may miss what was promised; its picture is as true.
  await run([0, 10, 11], 'storm', '--rate', '150', '--for', '60', '--keep');
  const audit = start('watch', '--every', '5');
  const page = await servePage();
  try {
    const runs = join(stateDir, 'runs');
    const [storm = ''] = (await readdir(runs)).filter((name) => name.startsWith('storm-'));
    // Until rules have counted the last orders, and the audit has told what it found.
    await new Promise((resolve) => setTimeout(resolve, 90_000));
    await photographAll(browser, page.url, join(runs, storm, 'report.html'));
  } finally {
    audit.kill('SIGINT');
    await page.stop();
  }
} finally {
  await browser.close();
  // Why it failed says more than that nothing was there to stop.
  await run([0], 'down', '--delete-data').catch((error: unknown) => process.stderr.write(`${error}\n`));
  await rm(stateDir, { recursive: true, force: true });
}
