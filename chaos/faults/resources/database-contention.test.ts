import { expect, test } from 'vitest';
import { risesOf } from './database-contention.ts';

test('changes that waited together count as one wait', () => {
  expect(risesOf([3, 3, 19, 19])).toBe(1);
  expect(risesOf([3, 19, 19, 20])).toBe(2);
});
