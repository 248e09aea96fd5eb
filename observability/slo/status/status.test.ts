import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptanceAvailability } from '../acceptance-availability.ts';
import { coverageOf, type EventCounts, eventsToTell, sloStatus } from './status.ts';

const both = (counts: EventCounts | undefined) => ({ counted: counts, excluded: counts });
const none = both(undefined);
const measured = { share: 1, isCurrent: true, sinceSeconds: 3_600, shareSince: 1 };

/** Events one by one, true for a bad one: the straightforward way to count. */
const events = fc.array(fc.boolean(), { minLength: 1, maxLength: 2_000 });
const count = (all: readonly boolean[]): EventCounts => ({
  valid: all.length,
  bad: all.filter((isBad) => isBad).length,
});

describe('the status of an SLO', () => {
  it('agrees with a count of the events one by one', () => {
    fc.assert(
      fc.property(events, events, fc.constantFrom(0.5, 0.9, 0.99, 0.999), (window, period, objective) => {
        const slo = { ...acceptanceAvailability, objective };
        const status = sloStatus(slo, { window: both(count(window)), period: both(count(period)), measured });
        const good = window.filter((isBad) => !isBad).length / window.length;
        expect(status.goodShare).toBeCloseTo(good, 9);
        expect(status.burnRate).toBeCloseTo((1 - good) / (1 - objective), 6);
        // A budget is a number of bad events: what is left of it is what may still go wrong.
        const allowed = (1 - objective) * period.length;
        const spent = period.filter((isBad) => isBad).length;
        expect(status.budgetLeft).toBeCloseTo((allowed - spent) / allowed, 6);
      }),
    );
  });

  it('burns at rate 1 exactly when the whole budget is spent in the whole window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (thousands) => {
        const spent = both({ valid: thousands * 1_000, bad: thousands });
        const status = sloStatus(acceptanceAvailability, { window: spent, period: spent, measured });
        expect(status.burnRate).toBeCloseTo(1, 9);
        expect(status.budgetLeft).toBeCloseTo(0, 9);
        expect(status.verdict).toBe('kept');
      }),
    );
  });

  it('is broken by one event too many', () => {
    const { verdict } = sloStatus(acceptanceAvailability, {
      window: both({ valid: 2_000, bad: 3 }),
      period: none,
      measured,
    });
    expect(verdict).toBe('broken');
  });

  it('shows both budgets, and judges by what customers got', () => {
    const quiet = { valid: 10_000, bad: 0 };
    const stormy = { valid: 20_000, bad: 1_000 };
    const status = sloStatus(acceptanceAvailability, {
      window: { counted: stormy, excluded: quiet },
      period: { counted: stormy, excluded: quiet },
      measured,
    });
    expect(status).toMatchObject({ verdict: 'broken', budgetLeft: 1, burnRateWithoutChaos: 0 });
    expect(status.burnRate).toBeCloseTo(50, 6);
    expect(status.budgetLeftWithChaos).toBeCloseTo(-49, 6);
  });

  it('is never kept without events or without data', () => {
    const empty = sloStatus(acceptanceAvailability, {
      window: both({ valid: 0, bad: 0 }),
      period: none,
      measured,
    });
    expect(empty).toMatchObject({ verdict: 'no-events', events: 0 });
    expect(empty).not.toHaveProperty('burnRate');
    const nothing = sloStatus(acceptanceAvailability, { window: none, period: none, measured: undefined });
    expect(nothing).toMatchObject({ verdict: 'no-data', measured: { share: 0, isCurrent: false } });
  });

  it('stands for a window only when that was measured, and to the present', () => {
    const of = (more: Partial<typeof measured>, events = 100_000) =>
      coverageOf({ objective: 0.999, events, measured: { ...measured, ...more } });
    expect(of({ share: 0.95 })).toBe('whole');
    expect(of({ share: 0.95, isCurrent: false })).toBe('ended');
    expect(of({ share: 0.5, shareSince: 0.6 })).toBe('part');
    // It began ten minutes ago, of a day.
    const young = { share: 10 / 1_440, sinceSeconds: 600, shareSince: 0.95 };
    expect(of(young)).toBe('since-begin');
    expect(of(young, 1_000)).toBe('since-begin');
    expect(of(young, 999)).toBe('few');
    expect(of({ ...young, isCurrent: false })).toBe('ended');
  });

  it('takes as many events to tell as make a single bad one no breach', () => {
    for (const [objective, events] of [
      [0.999, 1_000],
      [0.995, 200],
      [0.99, 100],
    ] as const) {
      expect(eventsToTell({ objective })).toBe(events);
      const slo = { ...acceptanceAvailability, objective };
      const verdictWith = (valid: number) =>
        sloStatus(slo, { window: both({ valid, bad: 1 }), period: none, measured }).verdict;
      expect(verdictWith(events)).toBe('kept');
      expect(verdictWith(events - 1)).toBe('broken');
    }
  });
});
