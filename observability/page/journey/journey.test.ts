import { describe, expect, it } from 'vitest';
import { attributes } from '../../names/spans.ts';
import { orderTrace } from '../fixtures/orders.ts';
import { waterfallOf } from '../waterfall.ts';
import type { OrderFacts } from './facts.ts';
import { journeyOf } from './journey.ts';

const receivedAtMs = 1_800_000_000_000;
const orderId = 'b'.repeat(32);
const storedAt = (stream: string, sequence: number, afterMs: number) => ({
  ...{ stream, sequence, atMs: receivedAtMs + afterMs, groupOrders: 3 },
});
const charged = { state: 'charged', reason: '' };
const settled: OrderFacts = {
  ...{ orderId, state: 'charged', reason: '', runId: 'storm-1', traceId: 'a'.repeat(32), receivedAtMs },
  stored: storedAt('ORDERS', 7, 6),
  outcomes: [{ ...storedAt('OUTCOMES', 9, 48), ...charged }],
  deadLetters: [],
  consumer: { delivered: 20, ackFloor: 20, inHand: 0, redelivered: 0 },
  gaps: [],
};
const waiting: OrderFacts = { ...settled, state: 'accepted', outcomes: [] };
const nowMs = receivedAtMs + 10_000;
const draw = (facts: OrderFacts) => journeyOf(facts, undefined, nowMs);
const stepsOf = (facts: OrderFacts) =>
  draw(facts).rows.map(({ name, startMs, durationMs }) => [name, startMs, durationMs]);

describe('an order that nobody traced', () => {
  it('is drawn from when it was received and stored, and says what that is worth', () => {
    const journey = draw(settled);
    expect(journey).toMatchObject({
      ...{ origin: 'streams', orderId, terminalState: 'charged', startedAtMs: receivedAtMs, durationMs: 48 },
    });
    expect(stepsOf(settled)).toEqual([
      ['received, then stored', 0, 6],
      ['waits, is charged, outcome stored', 6, 42],
    ]);
    expect(journey.rows[0]?.attributes).toMatchObject({ stored: 'message 7 of ORDERS', run: 'storm-1' });
    expect(journey.notes).toEqual([expect.stringMatching(/^This order was not sampled/)]);
  });

  it('shows that its outcome was stored again', () => {
    const again = [...settled.outcomes, { ...storedAt('OUTCOMES', 30, 5_100), ...charged }];
    const { rows, notes } = draw({ ...settled, outcomes: again });
    expect(rows.at(-1)).toMatchObject({ name: 'outcome stored again', delivery: 2, startMs: 5_100 });
    expect(notes.join(' ')).toContain('stored 2 times: its group was delivered again');
  });

  it('waits until now while it is not settled, and says where', () => {
    const at = (delivered: number, ackFloor: number) => {
      const consumer = { delivered, ackFloor, inHand: 4, redelivered: 1 };
      const { rows, notes } = draw({ ...waiting, consumer });
      return [rows.at(-1), notes.slice(1).join(' ')] as const;
    };
    const [queued, ahead] = at(3, 2);
    expect(queued).toMatchObject({ kind: 'wait', name: 'waits for payment', durationMs: 9_994 });
    expect(ahead).toBe('3 groups are given out before it.');
    const [held, repeated] = at(8, 6);
    expect(held?.name).toBe('was given to payment, not settled yet');
    expect(repeated).toBe('Payment holds 4 groups, 1 of them delivered more than once.');
    expect(at(8, 8)[0]?.name).toBe('was acknowledged by payment, and has no outcome');
    expect(draw(waiting)).not.toHaveProperty('terminalState');
  });

  it('tells the cause of a dead letter', () => {
    const letter = {
      ...storedAt('DEAD_LETTERS', 1, 60),
      cause: 'charge_failed',
      detail: 'the provider said no',
    };
    const facts = { ...settled, state: 'dead-lettered', outcomes: [], deadLetters: [letter] };
    const { rows, terminalState } = draw(facts);
    expect(terminalState).toBe('dead-lettered');
    expect(rows.at(-1)).toMatchObject({ isError: true, attributes: { cause: 'charge_failed' } });
  });

  it('says what was not looked through', () => {
    const gaps = ['stream OUTCOMES was read up to noon only'];
    expect(draw({ ...waiting, gaps }).notes.at(-1)).toBe(
      'Not everything was looked through: stream OUTCOMES was read up to noon only.',
    );
  });

  it('takes up what was told late, where it belongs in time', () => {
    const all = orderTrace({ traceId: 'a'.repeat(32), orderId, startMs: receivedAtMs, deliveries: 2 });
    const late = waterfallOf({
      traceId: 'a'.repeat(32),
      spans: all
        .filter(({ error }) => error !== undefined)
        .map(({ spanId, parentId, spec, startMs, endMs }) => ({
          ...{ spanId, parentId, name: spec.name, service: spec.service, instance: 'payment-0' },
          ...{ kind: spec.kind, startMs, durationMs: endMs - startMs, isError: true },
          attributes: { [attributes.late]: 'true', [attributes.orderId]: orderId },
        })),
    });
    const { rows } = journeyOf(
      { ...settled, outcomes: [{ ...storedAt('OUTCOMES', 9, 5_060), ...charged }] },
      late,
      nowMs,
    );
    expect(rows.map(({ name, depth, isLate }) => [name, depth, isLate])).toEqual([
      ['received, then stored', 0, false],
      ['waits, is charged, outcome stored', 0, false],
      ['ProcessPayment', 1, true],
    ]);
    expect(rows[2]).toMatchObject({ startMs: 8, isError: true });
  });

  it('takes no negative time though clocks differ', () => {
    const early = { ...settled, stored: storedAt('ORDERS', 7, -40) };
    const { rows, durationMs } = draw(early);
    for (const row of rows) expect(Math.min(row.startMs, row.durationMs)).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBe(88);
  });
});
