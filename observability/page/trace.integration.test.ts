import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './fixtures/program.ts';
import {
  batchedOrder,
  chromiumPath,
  createStage,
  plainOrder,
  repeatedOrder,
  type Stage,
  textOf,
} from './fixtures/stage.ts';

describe.skipIf(chromiumPath === undefined)('an order on the page', () => {
  let stage: Stage;
  let prometheus: string;
  let url: string;
  beforeAll(async () => {
    stage = await createStage();
    prometheus = (await stage.tell(undefined)).url;
    url = (await stage.serve({ prometheus })).url;
  });
  afterAll(() => stage?.end());

  const steps = (page: Page) => page.locator('.waterfall tbody .step').allInnerTexts();

  it('is one click away, whole, with what waited', async () => {
    const { page, complaints } = await stage.open(url);
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
    const { page } = await stage.open(url);
    const links = page.locator('#traces .rows a');
    expect(await links.allInnerTexts()).toEqual(
      [plainOrder, repeatedOrder, batchedOrder].map(({ orderId }) => orderId),
    );
    await links.last().click();
    expect((await steps(page))[0]).toBe('POST /v1/orders/batch');
    await page.close();
  });

  it('is found by the id of the order, and shows a message that was delivered twice', async () => {
    const { page } = await stage.open(`${url}/trace?id=${repeatedOrder.orderId}`);
    expect(await page.locator('.waterfall').count()).toBe(1);
    expect(await textOf(page.locator('.waterfall'))).toContain('delivered 2 times');
    expect(await steps(page)).toContain('waits to be delivered again');
    await page.close();
  });

  it('says what an absent trace means, and never takes an id for HTML', async () => {
    const id = '<img src=x onerror=alert(1)>';
    const { page, complaints } = await stage.open(`${url}/trace?id=${encodeURIComponent(id)}`);
    expect(await textOf(page.locator('main'))).toContain(`There is no trace of ${id}`);
    expect(await page.locator('main img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('says plainly that Jaeger does not answer', async () => {
    const gone = `http://127.0.0.1:${await freePort()}`;
    const page = await stage.serve({ prometheus, jaeger: gone });
    const { page: tab } = await stage.open(`${page.url}/trace?id=${plainOrder.orderId}`);
    expect(await textOf(tab.locator('main'))).toContain(`Jaeger at ${gone} does not answer`);
    await tab.close();
  });
});
