import { describe, expect, it } from 'vitest';
import type { Answer } from '../verdict/index.ts';
import { countRawSlos, disagreements } from './fixtures/raw-slos.ts';

const answer = (status: number, tookMs: number): Answer => ({
  ...{ status, isDefinite: true, sentAfterUs: 500 },
  answeredAfterUs: 500 + tookMs * 1_000,
});
const times = <T>(count: number, of: T): readonly T[] => Array.from({ length: count }, () => of);

/** 1,000 orders: 900 at once, 60 slow, 20 of them to be stored, 40 refused first; 30 settled late. */
const records = [
  ...times(900, { orderId: 'quick', answers: [answer(201, 8)] }),
  ...times(40, { orderId: 'quick', answers: [answer(201, 51)] }),
  ...times(20, { orderId: 'slow', answers: [answer(201, 80)] }),
  ...times(40, {
    orderId: 'slow',
    answers: [answer(503, 2), answer(0, 9_000), answer(422, 1), answer(201, 50)],
  }),
];
const stored = {
  orders: [
    { orderId: 'quick', tookMs: 50 },
    { orderId: 'slow', tookMs: 51 },
  ],
  outcomes: [...times(970, { orderId: 'a', tookMs: 1_000 }), ...times(30, { orderId: 'b', tookMs: 1_001 })],
};
const raw = countRawSlos(records, stored);
const statusOf = (events: number, badEvents: number) => ({ events, badEvents });
const statuses = [
  { name: 'acceptance-availability', ...statusOf(1_040, 40) },
  { name: 'acceptance-latency', ...statusOf(1_000, 45) },
  { name: 'settlement', ...statusOf(1_000, 30) },
];

describe('orders counted one by one', () => {
  it('are events of the promises as those define them', () => {
    expect(raw).toEqual({
      // What got no answer, or was wrong, is nobody's refusal.
      'acceptance-availability': { events: 1_040, badMin: 40, badMax: 40 },
      'acceptance-latency': { events: 1_000, badMin: 20, badMax: 60 },
      settlement: { events: 1_000, badMin: 30, badMax: 30 },
    });
  });

  it('agree with a status that is a scrape off, and no more', () => {
    const off = (by: number) =>
      statuses.map((one) => ({ ...one, events: one.events - by, badEvents: one.badEvents + by }));
    expect(disagreements(statuses, raw, 0)).toEqual([]);
    expect(disagreements(off(10), raw, 10)).toEqual([]);
    expect(disagreements(off(11), raw, 10)).toHaveLength(5);
    expect(disagreements(off(26), raw, 10)).toHaveLength(6);
  });

  it('disagree when the history was doctored, or a promise has no status', () => {
    const flattered = records.map(({ answers, orderId }) => ({
      orderId,
      answers: answers
        .filter(({ status }) => status === 201)
        .map((one) => ({ ...one, answeredAfterUs: 1_000 })),
    }));
    const punctual = {
      orders: stored.orders,
      outcomes: stored.outcomes.map((one) => ({ ...one, tookMs: 10 })),
    };
    expect(disagreements(statuses, countRawSlos(flattered, punctual), 25)).toEqual([
      'acceptance-availability: 1040 events, counted one by one 1000',
      'acceptance-availability: 40 bad events, counted one by one 0',
      'acceptance-latency: 45 bad events, counted one by one 60 to 0',
      'settlement: 30 bad events, counted one by one 0',
    ]);
    expect(disagreements([], raw, 25)).toHaveLength(3);
  });
});
