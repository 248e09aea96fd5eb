import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChargeRecord, ChargeRequest, Verdict } from './charge.ts';
import { type Ledger, LedgerError, openLedger } from './ledger.ts';

let directory: string;
let open: Ledger[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ledger-'));
  open = [];
});
afterEach(() => {
  for (const ledger of open) ledger.close();
  rmSync(directory, { recursive: true });
});

function openHere(options: { judge?: () => Verdict; pagesMax?: number; nowMs?: () => number } = {}): Ledger {
  const ledger = openLedger({ directory, judge: () => 'charge', nowMs: () => 0, ...options });
  open.push(ledger);
  return ledger;
}

function request(chargeKey: string, change: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    chargeKey,
    orderId: `order-${chargeKey}`,
    amountMinor: 5,
    currency: 'EUR',
    runId: 'run',
    ...change,
  };
}

async function recordsOf(ledger: Ledger, runId?: string): Promise<readonly ChargeRecord[]> {
  const records: ChargeRecord[] = [];
  for await (const page of ledger.records(runId)) records.push(...page);
  return records;
}

describe('the ledger', () => {
  describe('while others hold its lock', () => {
    const lock = () => {
      const other = new DatabaseSync(join(directory, 'ledger.sqlite'));
      other.exec('BEGIN IMMEDIATE');
      return other;
    };

    it('lets charges wait, and the event loop run', async () => {
      const ledger = openHere();
      const other = lock();
      let isDecided = false;
      const charging = ledger.charge([request('a')]).then((results) => {
        isDecided = true;
        return results;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      const second = ledger.charge([request('b')]);
      expect(isDecided).toBe(false);
      other.close();
      expect(await charging).toMatchObject([{ status: 'charged' }]);
      expect(await second).toMatchObject([{ status: 'charged' }]);
    });

    it('refuses charges that have waited for a second, and takes later ones', async () => {
      const looksAtMs = [0, 999, 1_000];
      const ledger = openHere({ nowMs: () => looksAtMs.shift() ?? 0 });
      const other = lock();
      await expect(ledger.charge([request('a')])).rejects.toMatchObject({ code: 'cannot-write' });
      expect(looksAtMs).toEqual([]);
      other.close();
      expect(await ledger.charge([request('a')])).toMatchObject([{ status: 'charged', isReplay: false }]);
    });
  });

  it('charges a key once and repeats the first decision, within one call and across calls', async () => {
    const ledger = openHere();
    const [first, repeat] = await ledger.charge([request('a'), request('a')]);
    const [later] = await ledger.charge([request('a')]);
    expect(first).toMatchObject({ status: 'charged', isReplay: false });
    expect(repeat).toEqual({ ...first, isReplay: true });
    expect(later).toEqual(repeat);
    expect((await recordsOf(ledger)).length).toBe(1);
  });

  it.each<Partial<ChargeRequest>>([{ orderId: 'other' }, { amountMinor: 6 }, { currency: 'USD' }])(
    'refuses a known key with other parameters: %o',
    async (change) => {
      const ledger = openHere();
      const results = await ledger.charge([request('a'), request('a', change)]);
      expect(results.map(({ status }) => status)).toEqual(['charged', 'conflict']);
      expect((await recordsOf(ledger)).length).toBe(1);
    },
  );

  it('keeps a decline as it keeps a charge', async () => {
    const verdicts: Verdict[] = ['decline', 'charge'];
    const ledger = openHere({ judge: () => verdicts.shift() ?? 'fail' });
    await ledger.charge([request('a')]);
    const [again] = await ledger.charge([request('a')]);
    expect(again).toEqual({ status: 'declined', reason: 'insufficient_funds', isReplay: true });
  });

  it('leaves no trace of a charge that failed, so that a repeat may succeed', async () => {
    const verdicts: Verdict[] = ['fail', 'charge'];
    const ledger = openHere({ judge: () => verdicts.shift() ?? 'fail' });
    expect(await ledger.charge([request('a')])).toMatchObject([{ status: 'error' }]);
    expect(ledger.find('a')).toBeUndefined();
    expect(await ledger.charge([request('a')])).toMatchObject([{ status: 'charged', isReplay: false }]);
  });

  it('remembers everything when it is opened again', async () => {
    const first = openHere();
    await first.charge([request('a'), request('b')]);
    const before = await recordsOf(first);
    open = [];
    first.close();
    const second = openHere();
    expect(await recordsOf(second)).toEqual(before);
    expect(await second.charge([request('a')])).toMatchObject([{ isReplay: true }]);
  });

  it('lists the effects of one run in order, across pages', async () => {
    const ledger = openHere();
    const requests = Array.from({ length: 4_500 }, (_, i) =>
      request(`k${i}`, { runId: i % 2 ? 'odd' : 'even' }),
    );
    await ledger.charge(requests);
    expect((await recordsOf(ledger)).map(({ chargeKey }) => chargeKey)).toEqual(
      requests.map(({ chargeKey }) => chargeKey),
    );
    expect((await recordsOf(ledger, 'odd')).length).toBe(2_250);
    expect(await recordsOf(ledger, 'none')).toEqual([]);
  });

  it('refuses all that shared a transaction with what did not fit, and goes on with what it has', async () => {
    const ledger = openHere({ pagesMax: 12 });
    const [kept] = await ledger.charge([request('kept')]);
    const big = Array.from({ length: 2_000 }, (_, i) => request(`big-${i}`));
    const [full, neighbour] = await Promise.allSettled([ledger.charge(big), ledger.charge([request('n')])]);
    for (const one of [full, neighbour]) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'cannot-write' } });
    }
    expect((await recordsOf(ledger)).length).toBe(1);
    expect(await ledger.charge([request('kept')])).toEqual([{ ...kept, isReplay: true }]);
    expect(await ledger.charge([request('small')])).toMatchObject([{ status: 'charged', isReplay: false }]);
  });

  it('cannot be opened twice', () => {
    openHere();
    expect(() => openHere()).toThrow(LedgerError);
  });

  it('says which file it cannot open', () => {
    writeFileSync(
      join(directory, 'ledger.sqlite'),
      'this is no database, and long enough to be seen as such'.repeat(99),
    );
    expect(() => openHere()).toThrow(`cannot open the ledger ${join(directory, 'ledger.sqlite')}`);
  });
});
