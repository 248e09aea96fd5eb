import { expect, test } from 'vitest';
import type { AttemptRecord } from '../history.ts';
import { sumBeats, takePulse } from './pulse.ts';

/** An order whose sends begin and end at these milliseconds after its intended time. */
function order(
  intendedAtMs: number,
  ...answers: (readonly [status: number, sentMs: number, answeredMs: number])[]
): AttemptRecord {
  return {
    ...{ index: 0, outcome: 'unknown', orderId: undefined, streamSequence: 0 },
    intendedAtUs: intendedAtMs * 1_000,
    answers: answers.map(([status, sentMs, answeredMs]) => ({
      ...{ status, isDefinite: status !== 0 },
      ...{ sentAfterUs: sentMs * 1_000, answeredAfterUs: answeredMs * 1_000 },
    })),
  };
}

async function* batches(...records: AttemptRecord[]) {
  yield records;
}

test('each order, send and answer counts where it belongs', async () => {
  const pulse = await takePulse(
    batches(order(0, [201, 0, 10]), order(100, [0, 0, 600], [503, 700, 710], [201, 900, 920])),
    500,
  );
  expect(pulse.beats).toEqual([
    { orders: 2, late: 1, gotLate: 0, sends: 2, failedSends: 1, unknownSends: 1, failedAnswers: 0 },
    { orders: 0, late: 0, gotLate: 0, sends: 0, failedSends: 0, unknownSends: 0, failedAnswers: 0 },
    { orders: 0, late: 0, gotLate: 1, sends: 0, failedSends: 0, unknownSends: 0, failedAnswers: 1 },
    { orders: 0, late: 0, gotLate: 0, sends: 1, failedSends: 1, unknownSends: 0, failedAnswers: 1 },
    { orders: 0, late: 0, gotLate: 0, sends: 1, failedSends: 0, unknownSends: 0, failedAnswers: 0 },
  ]);
});

test('an order that is never accepted is late', async () => {
  const pulse = await takePulse(batches(order(0, [422, 0, 1])), 500);
  expect(sumBeats(pulse, 0, Infinity)).toMatchObject({ orders: 1, late: 1, failedSends: 1, unknownSends: 0 });
});

test('a sum has the slices that lie in its time whole', async () => {
  const pulse = await takePulse(batches(...[0, 250, 500, 750].map((ms) => order(ms, [201, 0, 1]))), 500);
  expect(sumBeats(pulse, 100, 900).orders).toBe(2);
  expect(sumBeats(pulse, -1_000, -500).orders).toBe(0);
});
