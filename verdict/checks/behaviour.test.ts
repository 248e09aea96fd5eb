import { describe, expect, test } from 'vitest';
import { type Behaviour, checkBehaviour, type Expectations } from './behaviour.ts';
import { held, pulseOf, seriesOf, startedAtMs } from './fixtures/run.ts';

const mebibyte = 2 ** 20;

/** A run of 4,000 orders that behaves: a counter begins anew when its process does. */
const seen: Behaviour = {
  series: [
    seriesOf('breaker', 'payment-0', held([12, 0], [8, 2], [20, 0])),
    seriesOf('charge attempts', 'payment-0', [100, 2_100, 500, 2_500]),
    seriesOf('redeliveries', 'payment-processor', [7, 7, 27]),
    seriesOf('orders queued', 'order-0', [3, 40, 5]),
    seriesOf('memory', 'order-0', held([10, 100 * mebibyte], [10, 150 * mebibyte])),
  ],
  pulse: pulseOf(40, [{ fromMs: 10_000, toMs: 11_000, beat: { failedSends: 10, unknownSends: 1 } }]),
  storedOrders: 4_000,
  firstFaultAtMs: startedAtMs + 9_500,
};

const rows: readonly (readonly [what: string, held: Expectations, broken: Expectations, detail: string])[] = [
  [
    'charges asked for',
    { chargeAttemptsPerOrderMax: 1.2 },
    { chargeAttemptsPerOrderMax: 1.1 },
    'it was 1.125',
  ],
  ['redeliveries', { redeliveriesPerOrderMax: 0.005 }, { redeliveriesPerOrderMax: 0.004 }, 'it was 0.005'],
  ['a queue', { queuedOrdersMax: 40 }, { queuedOrdersMax: 39 }, 'it was 40'],
  [
    'memory',
    { memoryGrowthBytesMax: 50 * mebibyte },
    { memoryGrowthBytesMax: 49 * mebibyte },
    'it was 52430000',
  ],
  ['failed answers', { failedAnswersPerOrderMax: 0.01 }, { failedAnswersPerOrderMax: 0.009 }, 'it was 0.01'],
  ['open answers', { unknownAnswersPerOrderMax: 0.001 }, { unknownAnswersPerOrderMax: 0 }, 'it was 0.001'],
  ['a breaker', { breakerOpens: true }, { breakerOpens: false }, 'it was found open'],
];

const judge = (behaviour: Behaviour, expects: Expectations) =>
  checkBehaviour(behaviour, expects).map(({ check }) => check);

describe.each(rows)('%s', (_what, kept, broken, detail) => {
  test('that is as expected', () => {
    expect(judge(seen, kept)).toEqual([{ status: 'met' }]);
  });

  test('that is not', () => {
    expect(judge(seen, broken)).toEqual([{ status: 'not-met', detail }]);
  });

  test('that nobody could see is not known', () => {
    const unseen = { ...seen, series: [], pulse: undefined, storedOrders: undefined };
    expect(judge(unseen, kept)).toEqual([{ status: 'unknown', detail: 'nobody could look' }]);
  });
});

test('a breaker that stays closed though it must open is found', () => {
  const series = [seriesOf('breaker', 'payment-0', held([40, 0]))];
  expect(judge({ ...seen, series }, { breakerOpens: true })).toEqual([
    { status: 'not-met', detail: '30 looks found it closed' },
  ]);
});

test('nothing that is not expected is judged', () => {
  expect(checkBehaviour(seen, {})).toEqual([]);
});
