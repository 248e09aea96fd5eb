import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, createStage, repeatedOrder, type Stage } from './fixtures/stage.ts';
import { stormy } from './fixtures/stories.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(chromiumPath === undefined)('every page, for everybody', () => {
  let stage: Stage;
  let url: string;
  beforeAll(async () => {
    stage = await createStage();
    url = (await stage.serve({ prometheus: (await stage.tell(stormy)).url })).url;
  });
  afterAll(() => stage?.end());

  it.each([360, 768, 1_280])(
    'fits %i px, has no barrier that axe finds, in light and dark',
    async (width) => {
      const paths = ['/', `/trace?id=${repeatedOrder.orderId}`, '/runbooks/breaker-open'];
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const path of paths) {
          const { page } = await stage.open(`${url}${path}`, {
            colorScheme,
            viewport: { width, height: 800 },
          });
          const beyond = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          expect(beyond, path).toBe(0);
          expect(await barriersOf(page), `${path} ${colorScheme}`).toEqual([]);
          const picture = await page.screenshot({ fullPage: true });
          await writeFile(join(stage.folder, `${width}-${colorScheme}-${paths.indexOf(path)}.png`), picture);
          expect(picture.length).toBeGreaterThan(10_000);
          await page.close();
        }
      }
    },
  );

  it.each(['light', 'dark'] as const)(
    'has none while its server does not answer, in %s',
    async (colorScheme) => {
      const { page } = await stage.open(url, { colorScheme });
      await page.route('**/live*', (route) => route.abort());
      await page.locator('body.stale').waitFor();
      expect(await page.locator('#connection').getAttribute('role')).toBe('status');
      expect(await barriersOf(page)).toEqual([]);
      await page.close();
    },
  );

  it('keeps each table within its card, however wide the window is', async () => {
    const { page } = await stage.open(url);
    for (let width = 340; width <= 1_300; width += 80) {
      await page.setViewportSize({ width, height: 800 });
      expect(await tablesBeyondCards(page), `${width} px`).toBe(0);
    }
    await page.evaluate("document.querySelector('.card td').textContent = '9'.repeat(40)");
    expect(await tablesBeyondCards(page)).toBeGreaterThan(0);
    await page.close();
  });

  it('would be told about a barrier', async () => {
    const { page } = await stage.open(url);
    await page.evaluate(
      "document.querySelector('label[for=trace-id]').remove(); document.querySelector('.verdict span').style.color = '#ccc'",
    );
    expect(await barriersOf(page)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^label/), expect.stringMatching(/^color-contrast/)]),
    );
    await page.close();
  });
});

/** What axe finds against WCAG 2.2 A and AA and good practice, as `rule: element`. */
async function barriersOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
}

/** How many tables reach into the margin of their card, or beyond it. */
function tablesBeyondCards(page: Page): Promise<number> {
  return page.evaluate<number>(`[...document.querySelectorAll('.card table')].filter((table) => {
    const card = table.closest('.card');
    const edge = card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight);
    return table.getBoundingClientRect().right > edge + 0.5;
  }).length`);
}
