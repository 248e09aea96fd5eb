import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
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

function openHere(
  options: { judge?: () => Verdict; forgets?: () => boolean; pagesMax?: number; nowMs?: () => number } = {},
): Ledger {
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

  it('charges a key anew that it was made to forget, and still has the first charge on record', async () => {
    let isForgetful = false;
    const ledger = openHere({ forgets: () => isForgetful });
    await ledger.charge([request('a')]);
    isForgetful = true;
    expect(await ledger.charge([request('a'), request('b')])).toMatchObject([
      { status: 'charged', chargeId: 'ch_2', isReplay: false },
      { status: 'charged', chargeId: 'ch_3', isReplay: false },
    ]);
    expect((await recordsOf(ledger)).length).toBe(3);
    expect(ledger.find('a')).toMatchObject({ orderId: 'order-a', status: 'charged' });
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

  it('decides as a map of keys would, whatever fails or restarts in between', async () => {
    // The hashes of the last two keys are equal (services/runtime/key-index.test.ts).
    const key = fc.constantFrom('a', 'b', 'c', 'key-901258', 'key-1540052');
    const charges = fc.array(fc.tuple(key, fc.constantFrom(5, 6)), { minLength: 1, maxLength: 4 });
    const step = fc.oneof(
      fc.record({ does: fc.constantFrom('charges', 'fails'), charges }),
      fc.record({ does: fc.constant('restarts'), charges: fc.constant([]) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        rmSync(directory, { recursive: true });
        const amounts = new Map<string, number>();
        const judge = ({ chargeKey }: ChargeRequest): Verdict => {
          if (chargeKey === 'broken') throw new Error('broken');
          return 'charge';
        };
        let ledger = openLedger({ directory, judge, nowMs: () => 0 });
        for (const { does, charges } of steps) {
          if (does === 'restarts') {
            ledger.close();
            ledger = openLedger({ directory, judge, nowMs: () => 0 });
          }
          const requests = charges.map(([chargeKey, amountMinor]) => request(chargeKey, { amountMinor }));
          if (does === 'fails') {
            await expect(ledger.charge([...requests, request('broken')])).rejects.toThrow('broken');
            continue;
          }
          const expected = requests.map(({ chargeKey, amountMinor }) => {
            const known = amounts.get(chargeKey);
            amounts.set(chargeKey, known ?? amountMinor);
            if (known !== undefined && known !== amountMinor) return { status: 'conflict' };
            return { status: 'charged', isReplay: known !== undefined };
          });
          expect(await ledger.charge(requests)).toMatchObject(expected);
        }
        const records = await recordsOf(ledger);
        expect(records.map((record) => [record.chargeKey, record.amountMinor])).toEqual([...amounts]);
        for (const record of records) expect(ledger.find(record.chargeKey)).toEqual(record);
        expect(ledger.find('unknown')).toBeUndefined();
        ledger.close();
      }),
      { numRuns: 15 },
    );
  });

  describe('in a file of version 0', () => {
    const write = (statements: string) => {
      const database = new DatabaseSync(join(directory, 'ledger.sqlite'));
      database.exec(`PRAGMA journal_mode = WAL; ${statements}`);
      database.close();
    };
    const readVersion = () => {
      const database = new DatabaseSync(join(directory, 'ledger.sqlite'));
      const version = database.prepare('PRAGMA user_version').get();
      const schema = database.prepare('SELECT name, sql FROM sqlite_schema').all();
      database.close();
      return { ...version, names: schema.map(({ name }) => name) };
    };

    it('keeps its charges, their ids, and what it knows of their keys', async () => {
      write(`
        CREATE TABLE charges (
          sequence INTEGER PRIMARY KEY, charge_key TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL,
          amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, run_id TEXT NOT NULL, decline_reason TEXT
        ) STRICT;
        INSERT INTO charges VALUES
          (3, 'a', 'order-a', 5, 'EUR', 'run', NULL), (9, 'b', 'order-b', 5, 'EUR', 'run', 'insufficient_funds');`);
      const ledger = openHere();
      const [again, declined, conflict, added] = await ledger.charge([
        request('a'),
        request('b'),
        request('a', { amountMinor: 6 }),
        request('c'),
      ]);
      expect(again).toEqual({ status: 'charged', chargeId: 'ch_3', isReplay: true });
      expect(declined).toMatchObject({ status: 'declined', isReplay: true });
      expect(conflict).toMatchObject({ status: 'conflict' });
      expect(added).toEqual({ status: 'charged', chargeId: 'ch_10', isReplay: false });
      expect((await recordsOf(ledger)).map(({ chargeKey }) => chargeKey)).toEqual(['a', 'b', 'c']);
      open = [];
      ledger.close();
      expect(readVersion()).toEqual({ user_version: 1, names: ['charges'] });
    });

    it('stays as it is when it cannot be brought up to date', () => {
      write(`
        CREATE TABLE charges (sequence INTEGER PRIMARY KEY, charge_key TEXT UNIQUE, o, a, c, r, decline_reason);
        INSERT INTO charges VALUES (1, 'a', 'order-a', 'much', 'EUR', 'run', NULL);`);
      expect(() => openHere()).toThrow(LedgerError);
      expect(readVersion()).toEqual({ user_version: 0, names: ['charges', expect.any(String)] });
    });
  });

  it('is not opened when it is of a version that is not known', () => {
    const database = new DatabaseSync(join(directory, 'ledger.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openHere()).toThrow('schema version 99');
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
