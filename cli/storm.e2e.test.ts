import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createStormproof,
  processesThatMention,
  type ReportJson,
  type Stormproof,
} from './fixtures/stormproof.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';

let stormproof: Stormproof;

beforeEach(async () => {
  stormproof = await createStormproof();
});
afterEach(() => stormproof.cleanUp());

/** What every storm that passes has shown. */
function expectWholeStory(report: ReportJson, orders: number): void {
  expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
  const counts = report.ledger?.counts;
  expect(counts).toMatchObject({ attempted: orders, accepted: orders, charged: orders, charges: orders });
  expect(counts?.projected).toEqual({ 'order-0': orders });
  expect(report.ledger?.notChecked).toEqual([]);
  expect(report.faults.map(({ name, isProven }) => [name, isProven])).toEqual([
    ['kill', true],
    ['kill', true],
    ['stall', true],
  ]);
}

describe('storm', () => {
  test('loses and doubles nothing while broker, payment and provider fail', async () => {
    const { exitCode, report } = await stormproof.report('storm', '--rate', '1000', '--for', '24');
    expectWholeStory(report, 24_000);
    expect(exitCode).toBe(0);
    expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
  });

  // The proofs break a load of k6's in every run of continuous integration.
  test.runIf(isLong)('says the same with k6 as its client', async () => {
    const { report } = await stormproof.report('storm', '--client', 'k6', '--rate', '300', '--for', '24');
    expectWholeStory(report, 7_200);
  });
});
