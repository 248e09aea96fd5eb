import type { AttemptRecord } from './history.ts';
import { createHistogram, type Percentiles, percentilesOf } from './percentiles.ts';

/** A run in slices of equal length, from its start to its last answer. */
export type Timeline = {
  readonly sliceUs: number;
  readonly slices: readonly Slice[];
};

export type Slice = {
  /** Where it begins, microseconds after the run's start. */
  readonly fromUs: number;
  /** Orders that should have been sent in it. */
  readonly orders: number;
  /** What these waited for their 201, from the intended time; undefined when none of them was accepted. */
  readonly final: Percentiles | undefined;
  /** Orders whose 201 came in it. */
  readonly accepted: number;
  /** Other answers that came in it, and sends that were given up in it. */
  readonly failedAnswers: number;
};

/** More slices of a load say no more to an eye; those after it are for what was answered late. */
const loadSlicesMax = 120;
const slicesMax = 2 * loadSlicesMax;

/** The length of the slices for a load: whole seconds, at least one, so that there are at most 120. */
export function sliceUsOf(durationSeconds: number): number {
  return Math.max(1, Math.ceil(durationSeconds / loadSlicesMax)) * 1_000_000;
}

/** Collects a timeline, record by record, in bounded memory. What comes after 240 slices counts for the last. */
export function createTimeline(sliceUs: number): { add(record: AttemptRecord): void; end(): Timeline } {
  const slices: {
    orders: number;
    accepted: number;
    failedAnswers: number;
    final: ReturnType<typeof createHistogram>;
  }[] = [];
  const sliceAt = (us: number) => {
    const at = Math.min(Math.floor(us / sliceUs), slicesMax - 1);
    while (slices.length <= at) {
      slices.push({ orders: 0, accepted: 0, failedAnswers: 0, final: createHistogram() });
    }
    return slices[at];
  };
  return {
    add({ intendedAtUs, outcome, answers }) {
      const intended = sliceAt(intendedAtUs);
      if (intended !== undefined) intended.orders++;
      for (const { status, answeredAfterUs } of answers) {
        const slice = sliceAt(intendedAtUs + answeredAfterUs);
        if (slice === undefined) continue;
        if (status === 201) slice.accepted++;
        else slice.failedAnswers++;
        if (status === 201 && outcome === 'accepted') intended?.final.recordValue(answeredAfterUs);
      }
    },
    end: () => ({
      sliceUs,
      slices: slices.map(({ final, ...counts }, at) => ({
        ...{ fromUs: at * sliceUs, ...counts },
        final: percentilesOf(final),
      })),
    }),
  };
}
