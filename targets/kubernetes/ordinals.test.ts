import { describe, expect, test } from 'vitest';
import { type Seated, seat } from './ordinals.ts';

const pod = (uid: string, createdAtMs: number): Seated => ({ uid, name: `order-${uid}`, createdAtMs });
const nobody: ReadonlyMap<string, number> = new Map();

describe('the ordinals of pods that have none of their own', () => {
  test('go by age', () => {
    expect(seat(nobody, [pod('b', 2), pod('a', 1)], 2)).toEqual(
      new Map([
        ['a', 0],
        ['b', 1],
      ]),
    );
  });

  test('stay when another pod goes; its replacement takes the free one', () => {
    const before = seat(nobody, [pod('a', 1), pod('b', 2)], 2);
    const without = seat(before, [pod('b', 2)], 2);
    expect(without).toEqual(new Map([['b', 1]]));
    const after = seat(without, [pod('b', 2), pod('c', 3)], 2);
    expect(after.get('b')).toBe(1);
    expect(after.get('c')).toBe(0);
  });

  test('beyond the replicas are lent: a surplus pod of a rolling update moves down when a pod has gone', () => {
    const before = seat(nobody, [pod('a', 1), pod('b', 2)], 2);
    const during = seat(before, [pod('a', 1), pod('b', 2), pod('c', 3)], 2);
    expect(during.get('c')).toBe(2);
    const after = seat(during, [pod('b', 2), pod('c', 3)], 2);
    expect(after).toEqual(
      new Map([
        ['b', 1],
        ['c', 0],
      ]),
    );
  });
});

test('pods of a StatefulSet keep the ordinals they have', () => {
  const pods = [2, 0].map((ordinal) => ({ ...pod(`nats-${ordinal}`, 1), ordinal }));
  expect(seat(nobody, pods, 3)).toEqual(
    new Map([
      ['nats-2', 2],
      ['nats-0', 0],
    ]),
  );
});
