import { expect, test } from 'vitest';
import { samplesOf } from './gauges.ts';
import { createSeriesBook } from './sampler.ts';

test('what a service tells becomes one sample a quantity', () => {
  const reading = (metric: string, attributes: Record<string, string>, value: number) => ({
    ...{ metric, attributes, value },
  });
  expect(
    samplesOf('payment-0', [
      reading('stormproof.breaker.state', { state: 'closed' }, 0),
      reading('stormproof.breaker.state', { state: 'open' }, 1),
      reading('stormproof.breaker.state', { state: 'half-open' }, 0),
      reading('stormproof.payment.charge.attempts', { result: 'decided' }, 40),
      reading('stormproof.payment.charge.attempts', { result: 'failed' }, 2),
      reading('stormproof.psp.charges', { result: 'charged' }, 5),
      reading('nodejs.eventloop.utilization', {}, 0.5),
    ]),
  ).toEqual([
    { name: 'breaker', subject: 'payment-0', value: 2 },
    { name: 'charge attempts', subject: 'payment-0', value: 42 },
    { name: 'repeated charges', subject: 'payment-0', value: 0 },
  ]);
});

test('looks become series; an alert that Prometheus tells no more is silent, all else has a gap', () => {
  const up = (value: number) => ({ name: 'up', subject: 'prometheus-0', value }) as const;
  const book = createSeriesBook();
  book.add(1_000, [
    { name: 'alert', subject: 'A', value: 1 },
    { name: 'backlog', subject: 'b', value: 7 },
  ]);
  book.add(2_000, [up(0)]);
  book.add(3_000, [up(1)]);
  expect(book.series().map(({ subject, points }) => [subject, points])).toEqual([
    [
      'A',
      [
        { atMs: 1_000, value: 1 },
        { atMs: 3_000, value: 0 },
      ],
    ],
    ['b', [{ atMs: 1_000, value: 7 }]],
    [
      'prometheus-0',
      [
        { atMs: 2_000, value: 0 },
        { atMs: 3_000, value: 1 },
      ],
    ],
  ]);
});
