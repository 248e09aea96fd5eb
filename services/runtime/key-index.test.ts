import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyIndex, type KeyIndex } from './key-index.ts';

/** Their hashes are equal. */
const colliding = ['key-901258', 'key-1540052'] as const;

function candidates(index: KeyIndex, key: string): readonly number[] {
  const rows: number[] = [];
  index.find(key, (row) => {
    rows.push(row);
    return false;
  });
  return rows;
}

describe('an index of keys', () => {
  it('names the rows that were added under a key, those of newer generations first', () => {
    const index = createKeyIndex({ firstRow: 0, generations: 1, rowsPerGeneration: 10 });
    for (const [key, row] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['a', 25],
    ] as const)
      index.add(key, row);
    expect(candidates(index, 'a')).toEqual([25, 1, 3]);
    expect(candidates(index, 'c')).toEqual([]);
    expect(index.find('a', (row) => row < 3)).toBe(1);
    expect(index.find('a', () => false)).toBeUndefined();
  });

  it('leaves it to the caller to tell keys apart whose hashes are equal', () => {
    const index = createKeyIndex({ firstRow: 0, generations: 1, rowsPerGeneration: 10 });
    for (const [row, key] of colliding.entries()) index.add(key, row);
    expect(candidates(index, colliding[1])).toEqual([0, 1]);
    expect(index.find(colliding[1], (row) => row === 1)).toBe(1);
  });

  it('holds a key for each row of a generation, and none more', () => {
    const index = createKeyIndex({ firstRow: 0, generations: 1, rowsPerGeneration: 100 });
    for (let row = 0; row < 100; row++) index.add(`k${row}`, row);
    for (let row = 0; row < 100; row++) expect(candidates(index, `k${row}`)).toContain(row);
    expect(() => index.add('one more', 99)).toThrow('more keys than rows');
  });

  it('forgets generations below a row when that is committed, and uses their memory again', () => {
    const index = createKeyIndex({ firstRow: 0, generations: 1, rowsPerGeneration: 2 });
    for (let row = 0; row < 6; row++) index.add('k', row);
    index.commit(3);
    expect(candidates(index, 'k')).toEqual([4, 5, 2, 3]);
    expect(() => index.add('k', 1)).toThrow('forgotten');
    index.add('k', 6);
    expect(candidates(index, 'k')).toEqual([6, 4, 5, 2, 3]);
    index.commit(100);
    expect(candidates(index, 'k')).toEqual([]);
    index.add('k', 100);
    expect(candidates(index, 'k')).toEqual([100]);
    index.commit(0);
    expect(candidates(index, 'k')).toEqual([100]);
  });

  it('takes rows in any order that are not below the first', () => {
    const index = createKeyIndex({ firstRow: 5, generations: 1, rowsPerGeneration: 2 });
    for (const row of [9, 5, 7]) index.add('k', row);
    expect(candidates(index, 'k')).toEqual([9, 7, 5]);
    expect(() => index.add('k', 3)).toThrow('forgotten');
  });

  it('names few rows that do not have the key', () => {
    const index = createKeyIndex({ firstRow: 0, generations: 8, rowsPerGeneration: 1_000 });
    for (let row = 0; row < 8_000; row++) index.add(`known-${row}`, row);
    let named = 0;
    for (let count = 0; count < 10_000; count++) named += candidates(index, `unknown-${count}`).length;
    expect(named).toBeLessThan(10);
  });

  it('refuses generations whose slots would have too little of the hash', () => {
    expect(() => createKeyIndex({ firstRow: 0, generations: 0, rowsPerGeneration: 20_000_000 })).toThrow(
      RangeError,
    );
  });

  it('names every row that was added and not taken back, whatever happened in between', () => {
    const keys = fc.constantFrom('a', 'b', 'c', ...colliding);
    const transaction = fc.record({
      keys: fc.array(keys, { maxLength: 5 }),
      isKept: fc.boolean(),
      forgotten: fc.nat({ max: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(transaction, { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        (transactions, rowsPerGeneration) => {
          const index = createKeyIndex({ firstRow: 0, generations: 2, rowsPerGeneration });
          let rows: (readonly [row: number, key: string])[] = [];
          let next = 1;
          let first = 1;
          for (const { keys, isKept, forgotten } of transactions) {
            const added = keys.map((key, offset) => [next + offset, key] as const);
            for (const [row, key] of added) index.add(key, row);
            if (isKept) {
              next += added.length;
              first = Math.min(next, first + forgotten);
              index.commit(first);
              rows = [...rows, ...added].filter(([row]) => row >= first);
            } else {
              index.rollback();
            }
            for (const key of ['a', ...colliding]) {
              const mine = rows.filter(([, other]) => other === key).map(([row]) => row);
              expect(candidates(index, key)).toEqual(expect.arrayContaining(mine));
            }
          }
        },
      ),
    );
  });
});
