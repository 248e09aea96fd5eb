import type { Slo } from '../model.ts';
import { duration } from '../promql.ts';
import { series } from '../rules/series.ts';
import { type InstantSample, queryInstant } from './prometheus.ts';
import { type Counted, type EventCounts, type Measured, type SloStatus, sloStatus } from './status.ts';

const daySeconds = 86_400;

/** A step comes every 15 s; where none came for so long, nothing was measured. */
const measuredWithinSeconds = 120;
/** A window is looked at in about so many places. */
const placesMax = 120;

/** Asks a Prometheus for a vector. @throws PrometheusError (rejects) when it cannot be asked */
export type Query = (promql: string) => Promise<readonly InstantSample[]>;

/**
 * How the SLOs stand, from what the rules have recorded.
 *
 * @param options.prometheus base URL, or how to ask it
 * @param options.windowSeconds how far to look back for the verdict and the burn rate
 * @throws PrometheusError (rejects) when it cannot be asked
 */
export async function readSloStatus(options: {
  readonly prometheus: string | Query;
  readonly slos: readonly Slo[];
  readonly windowSeconds: number;
}): Promise<readonly SloStatus[]> {
  const { prometheus, slos, windowSeconds } = options;
  const query: Query =
    typeof prometheus === 'string' ? (promql) => queryInstant(prometheus, promql) : prometheus;
  const periods = slos.map(({ windowDays }) => windowDays * daySeconds);
  const ranges = [...new Set([windowSeconds, ...periods])];
  const askMeasured = readMeasured(query, windowSeconds);
  // When both fail, the one below is told.
  askMeasured.catch(() => {});
  const counts = new Map(
    await Promise.all(
      ranges.map(async (seconds): Promise<[number, CountsOf]> => {
        const sum = (name: string) =>
          query(`sum by (slo, chaos) (sum_over_time(${name}[${duration(seconds)}]))`);
        const [valid, bad] = await Promise.all([sum(series.validEvents), sum(series.badEvents)]);
        return [seconds, pairUp(valid, bad)];
      }),
    ),
  );
  const measured = await askMeasured;
  return slos.map((slo) => {
    const of = (seconds: number): Counted => ({
      counted: counts.get(seconds)?.(slo.name, 'counted'),
      excluded: counts.get(seconds)?.(slo.name, 'excluded'),
    });
    return sloStatus(slo, {
      window: of(windowSeconds),
      period: of(slo.windowDays * daySeconds),
      measured: measured.get(slo.name),
    });
  });
}

/** How much of a window was measured, by SLO: at how many of the places looked at a step had come just before. */
async function readMeasured(query: Query, windowSeconds: number): Promise<ReadonlyMap<string, Measured>> {
  const everySeconds = Math.max(15, Math.ceil(windowSeconds / placesMax));
  const places = `[${duration(Math.max(windowSeconds, 2 * everySeconds))}:${duration(everySeconds)}]`;
  const step = `last_over_time(${series.validEvents}{chaos="counted"}[${duration(measuredWithinSeconds)}])`;
  const [shares, current, begins] = await Promise.all([
    query(`max by (slo) (count_over_time(${step}${places})) / scalar(count_over_time(vector(1)${places}))`),
    query(`group by (slo) (${step})`),
    query(
      `time() - min by (slo) (min_over_time(timestamp(${series.validEvents}{chaos="counted"})${places}))`,
    ),
  ]);
  const begunSeconds = new Map(begins.map(({ labels, value }) => [labels.slo, value]));
  const isCurrent = new Set(current.map(({ labels }) => labels.slo));
  return new Map(
    shares.map(({ labels, value: share }) => {
      const sinceSeconds = Math.min(windowSeconds, begunSeconds.get(labels.slo) ?? windowSeconds);
      // Looked at from place to place, the begin is seen up to one of them late.
      const shareSince = Math.min(1, (share * windowSeconds + everySeconds) / Math.max(1, sinceSeconds));
      const measured = { share, isCurrent: isCurrent.has(labels.slo), sinceSeconds, shareSince };
      return [labels.slo ?? '', measured];
    }),
  );
}

type CountsOf = (slo: string, chaos: keyof Counted) => EventCounts | undefined;

/** Finds the events of an SLO in two answers. */
function pairUp(valid: readonly InstantSample[], bad: readonly InstantSample[]): CountsOf {
  return (slo, chaos) => {
    const find = (samples: readonly InstantSample[]) =>
      samples.find(({ labels }) => labels.slo === slo && labels.chaos === chaos)?.value;
    const counts = { valid: find(valid), bad: find(bad) };
    return counts.valid === undefined || counts.bad === undefined
      ? undefined
      : { valid: counts.valid, bad: counts.bad };
  };
}
