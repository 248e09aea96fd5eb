import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveChargeKey, deriveOrderId, tellableOrderId, tellableRunId } from './identity.ts';

const body = { customerId: 'c-1', amountMinor: 1_999, currency: 'EUR' };

test('ids are what they always were: stored orders refer to them', () => {
  expect(deriveOrderId('shop', 'key-1', body)).toBe('76856ccef3ce6a325b030ffd2d71d9a0');
  expect(deriveChargeKey('shop', 'key-1')).toBe('08c597201a831cfb678e24fc8030bd43');
});

test('client and key cannot be shifted into each other', () => {
  expect(deriveChargeKey('ab', 'c')).not.toBe(deriveChargeKey('a', 'bc'));
  expect(deriveOrderId('ab', 'c', body)).not.toBe(deriveOrderId('a', 'bc', body));
});

test('any difference of client, key or body is another order; only client and key decide the charge', () => {
  const orders = fc.record({
    client: fc.string(),
    key: fc.string(),
    body: fc.record({
      customerId: fc.string(),
      amountMinor: fc.integer({ min: 1 }),
      currency: fc.constantFrom('EUR', 'USD'),
    }),
  });
  fc.assert(
    fc.property(orders, orders, (a, b) => {
      const isSameKey = a.client === b.client && a.key === b.key;
      const isSameOrder = isSameKey && JSON.stringify(a.body) === JSON.stringify(b.body);
      expect(deriveOrderId(a.client, a.key, a.body) === deriveOrderId(b.client, b.key, b.body)).toBe(
        isSameOrder,
      );
      expect(deriveChargeKey(a.client, a.key) === deriveChargeKey(b.client, b.key)).toBe(isSameKey);
    }),
  );
});

test('what only stands where an id should is told by a digest, the same one each time', () => {
  const id = deriveOrderId('shop', 'key-1', body);
  expect([tellableOrderId(id), tellableRunId('storm-1'), tellableRunId('')]).toEqual([id, 'storm-1', '']);
  for (const tell of [tellableOrderId, tellableRunId]) {
    const told = tell('Ada Lovelace');
    expect(told).toMatch(/^no-(order|run)-id-[0-9a-f]{12}$/);
    expect([tell('Ada Lovelace'), tell('Ada lovelace')]).toEqual([told, expect.not.stringContaining(told)]);
  }
});
