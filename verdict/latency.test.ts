import { describe, expect, it } from 'vitest';
import type { AttemptRecord } from './history.ts';
import { measureLatency } from './latency.ts';

/** An order whose answers come at these milliseconds after its intended time; the last one decides. */
function record(
  index: number,
  intendedAtMs: number,
  ...answers: (readonly [status: number, ms: number])[]
): AttemptRecord {
  return {
    index,
    outcome: answers.at(-1)?.[0] === 201 ? 'accepted' : 'unknown',
    orderId: undefined,
    streamSequence: 0,
    intendedAtUs: intendedAtMs * 1_000,
    answers: answers.map(([status, ms]) => ({
      status,
      isDefinite: status !== 0,
      sentAfterUs: 0,
      answeredAfterUs: ms * 1_000,
    })),
  };
}

async function* inBatches(...records: AttemptRecord[]) {
  for (const one of records) yield [one];
}

describe('measureLatency', () => {
  it('measures from the intended time to the 201, and to the first answer', async () => {
    const { overall } = await measureLatency(
      inBatches(
        record(0, 0, [201, 10]),
        record(1, 1, [503, 5], [0, 500], [201, 1_000]),
        record(2, 2, [0, 2_000]),
      ),
      [],
    );
    expect(overall).toMatchObject({ orders: 3, accepted: 2 });
    expect(overall.final?.samples).toBe(2);
    expectWithin(overall.final?.p50Us, 10_000);
    expectWithin(overall.final?.maxUs, 1_000_000);
    expectWithin(overall.firstTry?.p50Us, 10_000);
    expectWithin(overall.firstTry?.maxUs, 2_000_000);
  });

  it('ranks percentiles', async () => {
    const records = Array.from({ length: 1_000 }, (_, index) => record(index, index, [201, index + 1]));
    const { overall } = await measureLatency(inBatches(...records), []);
    const { p50Us, p90Us, p99Us, p999Us, maxUs } = overall.final ?? {};
    const expected = [500, 900, 990, 999, 1_000];
    [p50Us, p90Us, p99Us, p999Us, maxUs].forEach((value, at) => {
      expectWithin(value, (expected[at] ?? 0) * 1_000);
    });
  });

  it('puts an order into the windows of its intended time', async () => {
    const { windows } = await measureLatency(
      inBatches(record(0, 0, [201, 9]), record(1, 10, [201, 5]), record(2, 19, [201, 1])),
      [
        { name: 'before', fromUs: 0, toUs: 10_000 },
        { name: 'fault', fromUs: 10_000, toUs: 20_000 },
        { name: 'after', fromUs: 20_000, toUs: 30_000 },
      ],
    );
    expect(windows.map(({ name, orders }) => [name, orders])).toEqual([
      ['before', 1],
      ['fault', 2],
      ['after', 0],
    ]);
    expect(windows[2]).toMatchObject({ final: undefined, firstTry: undefined });
  });

  it('counts answers by status, and orders that were sent again', async () => {
    const { answers } = await measureLatency(
      inBatches(record(0, 0, [201, 1]), record(1, 0, [503, 1], [0, 2], [201, 3]), record(2, 0, [422, 1])),
      [],
    );
    expect(answers).toEqual({ byStatus: { '201': 2, '503': 1, none: 1, '422': 1 }, retriedOrders: 1 });
  });
});

/** Histograms keep three significant digits. */
function expectWithin(actual: number | undefined, expected: number): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(expected / 500);
}
