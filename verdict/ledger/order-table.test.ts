import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdIndex } from './id-index.ts';
import { MoneyCodes } from './money-codes.ts';
import { OrderTable } from './order-table.ts';

describe('IdIndex', () => {
  it('gives each id one row and remembers it, through every growth', () => {
    const hexId = fc
      .array(fc.nat({ max: 0xffffffff }), { minLength: 4, maxLength: 4 })
      .map((words) => words.map((word) => word.toString(16).padStart(8, '0')).join(''));
    const counted = fc.nat({ max: 500 }).map((n) => n.toString(16).padStart(32, '0'));
    const foreign = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.oneof(hexId, counted, foreign), { maxLength: 300 }), (ids) => {
        const index = new IdIndex(1);
        const rows = new Map<string, number>();
        for (const id of ids) {
          const row = index.rowOf(id);
          expect(row).toBe(rows.get(id) ?? rows.size);
          rows.set(id, row);
        }
        expect(index.size).toBe(rows.size);
        for (const [id, row] of rows) expect(index.idOf(row)).toBe(id);
      }),
    );
  });
});

describe('MoneyCodes', () => {
  it('gives equal codes to equal money only, also to amounts that no order can have', () => {
    const money = fc.record({
      amountMinor: fc.oneof(
        fc.nat(5),
        fc.constantFrom(-1, 0.5, 1e12, 2 ** 40 - 1, 2 ** 41),
        fc.maxSafeInteger(),
      ),
      currency: fc.constantFrom('EUR', 'USD', 'JPY', '', '5 EUR'),
    });
    fc.assert(
      fc.property(money, money, (a, b) => {
        const codes = new MoneyCodes();
        const isSame = a.amountMinor === b.amountMinor && a.currency === b.currency;
        expect(codes.encode(a) === codes.encode(b)).toBe(isSame);
        const told =
          a.currency === '5 EUR' ? `${a.amountMinor} of no currency` : `${a.amountMinor} ${a.currency}`;
        expect(codes.render(codes.encode(a))).toBe(told.trimEnd());
      }),
    );
  });
});

describe('OrderTable', () => {
  it('keeps what it was told while it grows', () => {
    const table = new OrderTable(1);
    const count = 5_000;
    const idOf = (n: number) => (n * 7_919).toString(16).padStart(32, '0');
    for (let n = 0; n < count; n++) {
      const money = { orderId: idOf(n), amountMinor: n + 1, currency: 'EUR' };
      table.addStored({ ...money, chargeKey: `key-${n}`, position: n + 1 });
      table.addProjected('order-0', { ...money, state: 'accepted' });
    }
    const order = table.view();
    for (let n = 0; n < count; n++) {
      order.moveTo(n);
      expect(order.id).toBe(idOf(n));
      expect(order.position).toBe(n + 1);
      expect(order.money(order.projectedMoney('order-0'))).toBe(`${n + 1} EUR`);
    }
  });
});
