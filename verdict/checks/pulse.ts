import type { AttemptRecord } from '../history.ts';

/** What clients saw in one slice of a run. */
export type Beat = {
  /** Orders that should have been sent in it. */
  readonly orders: number;
  /** Of those, how many had no 201 in time. */
  readonly late: number;
  /** Sends in it, repeats included. */
  readonly sends: number;
  /** Of those, how many did not come to a 201. */
  readonly failedSends: number;
  /** Of those, after how many nobody could tell whether the order was stored. */
  readonly unknownSends: number;
  /** Answers other than 201 that came in it, and sends that were given up in it. */
  readonly failedAnswers: number;
  /** Orders that got late in it. */
  readonly gotLate: number;
};

/** A run from its start to its last answer, in slices so short that they tell when something began and ended. */
export type Pulse = {
  readonly beatMs: number;
  /** From when on an order is late, milliseconds after its intended time. */
  readonly lateAfterMs: number;
  readonly beats: readonly Beat[];
};

const beatMs = 250;
/** Six hours: what comes later counts for the last one. */
const beatsMax = 6 * 3_600 * 4;

/** Takes the pulse of a client history in one pass; memory grows with the time it spans, not with its orders. */
export async function takePulse(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  lateAfterMs: number,
): Promise<Pulse> {
  const beats: { -readonly [K in keyof Beat]: number }[] = [];
  const beatAt = (us: number) => {
    const at = Math.min(Math.floor(us / (beatMs * 1_000)), beatsMax - 1);
    while (beats.length <= at) beats.push({ ...stillness });
    return beats[at] as (typeof beats)[number];
  };
  for await (const batch of batches) {
    for (const { intendedAtUs, answers } of batch) {
      const intended = beatAt(intendedAtUs);
      intended.orders++;
      const accepted = answers.findLast(({ status }) => status === 201);
      if (accepted === undefined || accepted.answeredAfterUs > lateAfterMs * 1_000) {
        intended.late++;
        beatAt(intendedAtUs + lateAfterMs * 1_000).gotLate++;
      }
      for (const { status, isDefinite, sentAfterUs, answeredAfterUs } of answers) {
        const sent = beatAt(intendedAtUs + sentAfterUs);
        sent.sends++;
        if (status === 201) continue;
        sent.failedSends++;
        if (!isDefinite) sent.unknownSends++;
        beatAt(intendedAtUs + answeredAfterUs).failedAnswers++;
      }
    }
  }
  return { beatMs, lateAfterMs, beats };
}

const stillness: Beat = {
  ...{ orders: 0, late: 0, gotLate: 0 },
  ...{ sends: 0, failedSends: 0, unknownSends: 0, failedAnswers: 0 },
};

/**
 * What clients saw in a part of a run, in all; slices count when they lie in it whole.
 *
 * @param fromMs after the run's start
 */
export function sumBeats({ beatMs, beats }: Pulse, fromMs: number, toMs: number): Beat {
  const sum: { -readonly [K in keyof Beat]: number } = { ...stillness };
  for (const beat of beats.slice(
    Math.max(0, Math.ceil(fromMs / beatMs)),
    Math.max(0, Math.floor(toMs / beatMs)),
  )) {
    for (const key of Object.keys(sum) as (keyof Beat)[]) sum[key] += beat[key];
  }
  return sum;
}
