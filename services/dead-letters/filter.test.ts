import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { OrderCreatedSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import { isChosen, type LetterFilter } from './filter.ts';
import type { Letter } from './letters.ts';

const nowMs = 1_000_000;
const letter: Letter = {
  sequence: 7,
  storedAtMs: nowMs - 60_000,
  cause: 'charge_failed',
  detail: '',
  stream: 'ORDERS',
  streamSequence: 3,
  indexInGroup: 0,
  order: create(OrderCreatedSchema, { orderId: 'order', runId: 'run' }),
  rawBytes: 0,
  actions: [],
};
const redriven: Letter = {
  ...letter,
  actions: [{ deadLetterSequence: 7, action: 'redriven', by: 'me', note: '', atMs: nowMs, copySequence: 9 }],
};

describe('a filter', () => {
  it.each<[LetterFilter, boolean]>([
    [{}, true],
    [{ sequences: [6, 7] }, true],
    [{ sequences: [6] }, false],
    [{ causes: ['undecodable', 'charge_failed'] }, true],
    [{ causes: ['undecodable'] }, false],
    [{ stream: 'ORDERS' }, true],
    [{ stream: 'OUTCOMES' }, false],
    [{ orderId: 'order' }, true],
    [{ orderId: 'other' }, false],
    [{ runId: 'run' }, true],
    [{ runId: '' }, false],
    [{ olderThanMs: 60_000 }, true],
    [{ olderThanMs: 60_001 }, false],
    [{ newerThanMs: 60_001 }, true],
    [{ newerThanMs: 60_000 }, false],
    [{ causes: ['charge_failed'], orderId: 'other' }, false],
  ])('%o chooses a letter: %s', (filter, expected) => {
    expect(isChosen(letter, filter, nowMs)).toBe(expected);
  });

  it('leaves out what something was done about, unless asked for it', () => {
    expect(isChosen(redriven, {}, nowMs)).toBe(false);
    expect(isChosen(redriven, { withDone: true }, nowMs)).toBe(true);
  });

  it('chooses no letter by an order that it does not name', () => {
    expect(isChosen({ ...letter, order: undefined }, { orderId: '' }, nowMs)).toBe(false);
  });
});
