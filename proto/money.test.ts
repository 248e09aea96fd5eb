import { expect, test } from 'vitest';
import { currencies, isCurrency, toMajorUnits } from './money.ts';

test('minor units have the digits that ISO 4217 gives the currency', () => {
  expect(toMajorUnits(1_999, 'EUR')).toBe(19.99);
  expect(toMajorUnits(1_999, 'JPY')).toBe(1_999);
  expect(toMajorUnits(1_999, 'KWD')).toBe(1.999);
});

test('an unknown currency is refused', () => {
  expect(isCurrency('XXX')).toBe(false);
  expect(isCurrency('eur')).toBe(false);
  expect(() => toMajorUnits(1, 'XXX')).toThrow('unknown currency "XXX"');
});

test('every code is three capitals and listed once', () => {
  expect(currencies.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
  expect(new Set(currencies).size).toBe(currencies.length);
});
