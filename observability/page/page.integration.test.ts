import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSloStatus, slos } from '../slo/index.ts';
import { freePort } from './fixtures/program.ts';
import { chromiumPath, createStage, plainOrder, type Stage, textOf, waiting } from './fixtures/stage.ts';
import { broken, calm, stormy } from './fixtures/stories.ts';

describe.skipIf(chromiumPath === undefined)('the page in Chromium', () => {
  let stage: Stage;
  let calmPrometheus: string;
  let stormyPrometheus: string;
  beforeAll(async () => {
    stage = await createStage();
    calmPrometheus = (await stage.tell(calm)).url;
    stormyPrometheus = (await stage.tell(stormy)).url;
  });
  afterAll(() => stage?.end());

  const figure = async (page: Page, slo: string, name: string) =>
    Number(await page.locator(`[data-slo="${slo}"] [data-figure="${name}"]`).getAttribute('data-value'));

  describe('of a calm platform', () => {
    let url: string;
    beforeAll(async () => {
      url = (await stage.serve({ prometheus: calmPrometheus })).url;
    });

    it('answers yes, shows every objective, and asks nobody else for anything', async () => {
      const { page, complaints } = await stage.open(url);
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
      const { page } = await stage.open(url, { javaScriptEnabled: false });
      expect(await textOf(page.locator('.verdict').first())).toContain('Yes');
      expect(await figure(page, 'acceptance-availability', 'good')).toBe(1);
      expect(await page.locator('#charts table').first().locator('tbody tr').count()).toBeGreaterThan(10);
      await page.close();
    });

    it('counts as many orders at each stage as there were', async () => {
      const { page } = await stage.open(url);
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
      url = (await stage.serve({ prometheus: stormyPrometheus })).url;
    });

    it('says the same as `slo status` of the same Prometheus', async () => {
      const ask = () => readSloStatus({ prometheus: stormyPrometheus, slos, windowSeconds: 3_600 });
      const before = await ask();
      const { page } = await stage.open(url);
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
      const { page, complaints } = await stage.open(url);
      // Each part of the page comes as soon as its source has answered.
      await vi.waitFor(async () => {
        expect(await textOf(page.locator('#alerts'))).toContain('BreakerOpen');
        expect(await textOf(page.locator('.verdict').first())).toMatch(/^No\./);
        expect(await textOf(page.locator('.reasons'))).toContain('Without announced chaos');
        expect(await textOf(page.locator('#chaos'))).toMatch(/provider-slow\s+psp-0/);
        expect(await textOf(page.locator('#flow'))).toMatch(/open\s+payment-0/);
        expect(await textOf(page.locator('#charts'))).toContain('kill nats-1');
        expect(await textOf(page.locator('#runs'))).toMatch(/FAIL\s+storm/);
        expect(await textOf(page.locator('#alerts'))).toContain('No Alertmanager is known');
      }, waiting);
      await page.locator('.reasons a').first().click();
      await vi.waitFor(
        async () => expect(await textOf(page.locator('h1'))).toBe('AcceptanceAvailabilityBudgetBurn'),
        waiting,
      );
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('renews itself in place, and keeps the focus, an open table and what was typed', async () => {
      const { page, complaints } = await stage.open(url);
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
      const own = await stage.tell(broken);
      const { page } = await stage.open((await stage.serve({ prometheus: own.url })).url);
      expect(await textOf(page.locator('.verdict').first())).toMatch(
        /^No\.\s+There are orders that are wrong/,
      );
      expect(await textOf(page.locator('.reasons'))).toContain('3 orders are lost: the audit found it ');
      expect(await textOf(page.locator('[data-slo="correctness"] .state'))).toBe('Broken');
      await page.close();
    });

    it('can be told to stand still, and in which colours', async () => {
      const { page } = await stage.open(url);
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

    it('stands still even when it was told so while it asked', async () => {
      const { page } = await stage.open(url);
      const asked = Promise.withResolvers<void>();
      const mayAnswer = Promise.withResolvers<void>();
      await page.route('**/live*', async (route) => {
        asked.resolve();
        await mayAnswer.promise;
        await route.continue();
      });
      await asked.promise;
      const shown = await page.locator('#answer time').getAttribute('datetime');
      await page.locator('#pause').click();
      const answered = page.waitForResponse(/\/live/);
      mayAnswer.resolve();
      await (await answered).finished();
      // What the page does with an answer is done within the same turn, two frames are more than that.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      expect(await textOf(page.locator('#connection'))).toMatch(/^Paused/);
      expect(await page.locator('#answer time').getAttribute('datetime')).toBe(shown);
      await page.close();
    });

    it('looks as far back as it is told', async () => {
      const { page } = await stage.open(url);
      await page.getByRole('link', { name: '15 minutes' }).click();
      expect(await textOf(page.locator('.verdict').first())).toContain('the last 15 minutes');
      // The outage was twenty minutes ago.
      expect(await textOf(page.locator('[data-slo="acceptance-availability"] .state'))).toBe('Kept');
      await page.close();
    });

    it('can be used with the keyboard alone', async () => {
      const { page } = await stage.open(url);
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

  describe('of what it cannot know', () => {
    it('says plainly that Prometheus and Alertmanager do not answer, and what was tried', async () => {
      const gone = `http://127.0.0.1:${await freePort()}`;
      const { url } = await stage.serve({ prometheus: gone, alertmanager: gone });
      const { page, complaints } = await stage.open(url);
      expect(await textOf(page.locator('.verdict').first())).toMatch(
        new RegExp(`^Not known\\.\\s+Nobody can tell: Prometheus at ${gone} does not answer: .*ECONNREFUSED`),
      );
      expect(await textOf(page.locator('#promises'))).toContain('No figures');
      expect(await textOf(page.locator('#alerts'))).toContain(`Alertmanager at ${gone} does not answer`);
      expect(await textOf(page.locator('#sources'))).toContain(gone);
      expect(await page.locator('.card .state').allInnerTexts()).toEqual(['Not known']);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('says of an empty Prometheus that nothing was measured', async () => {
      const { url } = await stage.serve({
        prometheus: (await stage.tell(undefined)).url,
        jaeger: undefined,
        runsDir: undefined,
      });
      const { page, complaints } = await stage.open(url);
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
      const own = await stage.tell(calm);
      const server = await stage.serve({ prometheus: own.url });
      const { page } = await stage.open(server.url);
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
});

const fields = {
  good: 'goodShare',
  burn: 'burnRate',
  budget: 'budgetLeft',
  'budget-chaos': 'budgetLeftWithChaos',
} as const;
