import { describe, expect, it } from 'vitest';
import { createAlertBook, type ToldAlert } from './alert-book.ts';

const startsAt = '2026-11-27T08:00:00.000Z';
const alertNamed = (name: string, status: ToldAlert['status'], at = startsAt): ToldAlert => ({
  ...{ status, startsAt: at, fingerprint: name },
  labels: { alertname: name },
});

describe('the record of alerts', () => {
  it('has when the firing and the end of each were first heard of', () => {
    const book = createAlertBook(5, 10);
    book.add([alertNamed('A', 'firing')], 10);
    book.add([alertNamed('A', 'firing'), alertNamed('B', 'firing')], 20);
    book.add([alertNamed('A', 'resolved')], 30);
    book.add([alertNamed('A', 'resolved')], 40);
    const startedAtMs = Date.parse(startsAt);
    expect(book.read()).toEqual({
      ...{ sinceMs: 5, forgotten: 0 },
      alerts: [
        { labels: { alertname: 'A' }, startedAtMs, firedAtMs: 10, resolvedAtMs: 30 },
        { labels: { alertname: 'B' }, startedAtMs, firedAtMs: 20, resolvedAtMs: undefined },
      ],
    });
  });

  it('tells one firing of an alert from the next', () => {
    const book = createAlertBook(0, 10);
    book.add([alertNamed('A', 'firing')], 10);
    book.add([alertNamed('A', 'resolved')], 20);
    book.add([alertNamed('A', 'firing', '2026-11-27T09:00:00Z')], 30);
    expect(book.read().alerts.map(({ firedAtMs, resolvedAtMs }) => [firedAtMs, resolvedAtMs])).toEqual([
      [10, 20],
      [30, undefined],
    ]);
  });

  it('does not know when an alert fired of which it heard the end only', () => {
    const book = createAlertBook(0, 10);
    book.add([alertNamed('A', 'resolved')], 20);
    expect(book.read().alerts).toMatchObject([{ firedAtMs: undefined, resolvedAtMs: 20 }]);
  });

  it('forgets the oldest when it has too many, and says how many', () => {
    const book = createAlertBook(0, 2);
    for (const name of ['A', 'B', 'C', 'D']) book.add([alertNamed(name, 'firing')], 1);
    expect(book.read()).toMatchObject({
      forgotten: 2,
      alerts: [{ labels: { alertname: 'C' } }, { labels: { alertname: 'D' } }],
    });
  });
});
