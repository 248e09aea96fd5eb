import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttemptRecord,
  acceptanceObjectives,
  decideVerdict,
  type HistorySource,
  measureLatency,
  measurePhases,
  type PlannedShape,
  phaseWindows,
  type RunManifest,
} from '../../verdict/index.ts';
import { historyState } from '../../verdict/ledger/read/history.ts';
import { outcomeOf } from '../recorder/outcome.ts';
import { shapedRate } from '../recorder/schedule.ts';
import { shareOf } from '../recorder/share.ts';
import { planShape } from '../shapes/course.ts';
import { MergeError, mergeHistories, type SharedRun } from './merge.ts';

const shape = {
  name: 'up',
  phases: [
    { name: 'low', startRate: 50, endRate: 50, durationMs: 1_000, isJudged: true },
    { name: 'high', startRate: 150, endRate: 150, durationMs: 2_000, isJudged: true },
  ],
};
const schedule = shapedRate(shape.phases);
const { planned } = schedule;
const run: SharedRun = {
  ...{ runId: 'run', seed: 7, planned, startedAtMs: 1_000_000 },
  shape: planShape(shape, schedule),
};
const common = {
  runId: 'run',
  client: 'recorder',
  clientId: 'tests',
  rate: 150,
  durationSeconds: 3,
  seed: 7,
};

/** An answer, by what came of its send and how long that took. */
const answer = fc.record({
  status: fc.constantFrom(201, 429, 503, 504, 0),
  tookUs: fc.integer({ min: 1, max: 10_000_000 }),
});
/** What came of each order of the run. */
const fates = fc.array(fc.array(answer, { minLength: 1, maxLength: 3 }), {
  minLength: planned,
  maxLength: planned,
});
const generators = fc.integer({ min: 1, max: 7 });

function recordsOf(orders: readonly (readonly { status: number; tookUs: number }[])[]): AttemptRecord[] {
  return orders.map((tries, index) => {
    const answers = tries.map(({ status, tookUs }) => {
      const isDefinite = status !== 504 && status !== 0;
      return { status, isDefinite, sentAfterUs: 0, answeredAfterUs: tookUs };
    });
    const intendedAtUs = schedule.intendedAtUs(index);
    return {
      index,
      outcome: outcomeOf(answers),
      orderId: undefined,
      streamSequence: 0,
      intendedAtUs,
      answers,
    };
  });
}

async function* inBatches(records: readonly AttemptRecord[]): AsyncGenerator<readonly AttemptRecord[]> {
  for (let at = 0; at < records.length; at += 64) yield records.slice(at, at + 64);
}

/** What generators leave that send these orders together; their clocks are an hour apart. */
function partsOf(records: readonly AttemptRecord[], count: number): HistorySource[] {
  return Array.from({ length: count }, (_, index) => {
    const own = records.filter((record) => record.index % count === index);
    const share = { index, count };
    const startedAtMs = run.startedAtMs + index * 3_600_000;
    const manifest: RunManifest = {
      ...(common as RunManifest),
      ...{ share, startedAtMs, planned: shareOf(schedule, share).planned },
      shape: planShape(shape, shareOf(schedule, share)),
      finished: {
        ...{ endedAtMs: startedAtMs + 3_000 + index, attempted: own.length, dropped: 0 },
        ...{ cpuUs: 100, wasInterrupted: false },
      },
    };
    return { manifest, batches: () => inBatches(own) };
  });
}

const healthy = recordsOf(Array.from({ length: planned }, () => [{ status: 201, tookUs: 5_000 }]));
const threeParts = () => partsOf(healthy, 3);
const withManifest = (part: HistorySource | undefined, change: Partial<RunManifest>): HistorySource => {
  if (part === undefined) throw new Error('there is no such part');
  return { ...part, manifest: { ...part.manifest, ...change } };
};

async function allOf({ batches }: HistorySource): Promise<AttemptRecord[]> {
  const records: AttemptRecord[] = [];
  for await (const batch of batches()) records.push(...batch);
  return records.sort((a, b) => a.index - b.index);
}

describe('the history of several generators', () => {
  it('has every order of the run once', async () => {
    await fc.assert(
      fc.asyncProperty(fates, generators, async (orders, count) => {
        const records = recordsOf(orders);
        const merged = mergeHistories(run, partsOf(records, count));
        expect(await allOf(merged)).toEqual(records);
        expect(historyState(merged.manifest, records.length, records.length)).toEqual({ kind: 'whole' });
      }),
      { numRuns: 20 },
    );
  });

  it('has the percentiles, the timeline and the phases of the union, not of averages', async () => {
    await fc.assert(
      fc.asyncProperty(fates, generators, async (orders, count) => {
        const records = recordsOf(orders);
        const merged = mergeHistories(run, partsOf(records, count));
        const latency = (batches: AsyncIterable<readonly AttemptRecord[]>) =>
          measureLatency(batches, phaseWindows(shape), 1_000_000);
        const phases = (batches: AsyncIterable<readonly AttemptRecord[]>) =>
          measurePhases(batches, merged.manifest.shape as PlannedShape, acceptanceObjectives);
        expect(await latency(merged.batches())).toEqual(await latency(inBatches(records)));
        expect(await phases(merged.batches())).toEqual(await phases(inBatches(records)));
      }),
      { numRuns: 20 },
    );
  });

  it('is as long as the longest, by a clock of its own, and costs as much as all', () => {
    expect(mergeHistories(run, threeParts()).manifest).toEqual({
      ...common,
      ...{ planned, generators: 3, startedAtMs: run.startedAtMs, shape: run.shape },
      finished: {
        ...{ endedAtMs: run.startedAtMs + 3_002, attempted: planned, dropped: 0 },
        ...{ cpuUs: 300, wasInterrupted: false },
      },
    });
  });

  it('was interrupted when one of them was', () => {
    const [first, ...others] = threeParts();
    const finished = { ...first?.manifest.finished, wasInterrupted: true } as NonNullable<
      RunManifest['finished']
    >;
    const merged = mergeHistories(run, [withManifest(first, { finished }), ...others]);
    expect(merged.manifest.finished?.wasInterrupted).toBe(true);
  });
});

describe('a run is not judged by a part of it', () => {
  const isInconclusive = ({ manifest }: HistorySource) => {
    const met = { status: 'met' } as const;
    const { verdict } = decideVerdict({
      ...{ ledger: undefined, faults: [], slos: [], interruptedBy: undefined },
      ...{ steadyState: met, generator: met, drain: met, rollback: met },
      load: { planned: manifest.planned, attempted: manifest.finished?.attempted, dropped: 0 },
    });
    return verdict === 'INCONCLUSIVE' && historyState(manifest, planned, planned).kind === 'part';
  };

  it('when a generator left nothing', async () => {
    const [first, , third] = threeParts();
    const merged = mergeHistories(run, [first, undefined, third]);
    expect(merged.manifest.planned).toBe(planned);
    expect(merged.manifest.finished).toBeUndefined();
    expect(isInconclusive(merged)).toBe(true);
    expect(await allOf(merged)).toEqual(healthy.filter(({ index }) => index % 3 !== 1));
    const { promises } = (
      await measurePhases(merged.batches(), run.shape as PlannedShape, acceptanceObjectives)
    )[1] ?? { promises: undefined };
    expect(promises).toMatchObject({ status: 'unknown', detail: '100 of its 300 orders were not sent' });
  });

  it('when a generator did not live to its end', () => {
    const parts = threeParts().map(({ manifest: { finished, ...manifest }, batches }, at) => {
      return { manifest: at === 1 ? manifest : { ...manifest, ...(finished && { finished }) }, batches };
    });
    expect(isInconclusive(mergeHistories(run, parts))).toBe(true);
  });

  it('when nobody left anything', () => {
    expect(() => mergeHistories(run, [undefined, undefined])).toThrow('none of 2 generators left a history');
  });

  it('when a generator sent what was not its own', async () => {
    const [first, second, third] = threeParts();
    const stray = { manifest: first?.manifest as RunManifest, batches: () => inBatches(healthy.slice(2, 3)) };
    await expect(allOf(mergeHistories(run, [stray, second, third]))).rejects.toThrow(
      'generator 0 of 3 sent order 2, which was not its own',
    );
    expect(() => mergeHistories(run, [first, second, second])).toThrow(MergeError);
  });

  it.each<Partial<RunManifest>>([
    { runId: 'another' },
    { seed: 8 },
    { rate: 149 },
    { clientId: 'another' },
    { client: 'k6' },
    { share: { index: 1, count: 2 } },
  ])('when a part is of something else: %j', (change) => {
    const [first, second, third] = threeParts();
    expect(() => mergeHistories(run, [first, withManifest(second, change), third])).toThrow(MergeError);
  });

  it('when nobody planned an order of the run', () => {
    const [first, second, third] = threeParts();
    const short = withManifest(second, { planned: 10 });
    expect(() => mergeHistories(run, [first, short, third])).toThrow('do not add up to its plan');
  });
});
