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

/**
 * How the SLOs stand, from what the rules have recorded.
 *
 * @param options.prometheus base URL
 * @param options.windowSeconds how far to look back for the verdict and the burn rate
 * @throws PrometheusError (rejects) when it cannot be asked
 */
export async function readSloStatus(options: {
  readonly prometheus: string;
  readonly slos: readonly Slo[];
  readonly windowSeconds: number;
}): Promise<readonly SloStatus[]> {
  const { prometheus, slos, windowSeconds } = options;
  const periods = slos.map(({ windowDays }) => windowDays * daySeconds);
  const ranges = [...new Set([windowSeconds, ...periods])];
  const askMeasured = readMeasured(prometheus, windowSeconds);
  // When both fail, the one below is told.
  askMeasured.catch(() => {});
  const counts = new Map(
    await Promise.all(
      ranges.map(async (seconds): Promise<[number, CountsOf]> => {
        const sum = (name: string) =>
          queryInstant(prometheus, `sum by (slo, chaos) (sum_over_time(${name}[${duration(seconds)}]))`);
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
async function readMeasured(
  prometheus: string,
  windowSeconds: number,
): Promise<ReadonlyMap<string, Measured>> {
  const everySeconds = Math.max(15, Math.ceil(windowSeconds / placesMax));
  const places = `[${duration(Math.max(windowSeconds, 2 * everySeconds))}:${duration(everySeconds)}]`;
  const step = `last_over_time(${series.validEvents}{chaos="counted"}[${duration(measuredWithinSeconds)}])`;
  const [shares, current] = await Promise.all([
    queryInstant(
      prometheus,
      `max by (slo) (count_over_time(${step}${places})) / scalar(count_over_time(vector(1)${places}))`,
    ),
    queryInstant(prometheus, `group by (slo) (${step})`),
  ]);
  const isCurrent = new Set(current.map(({ labels }) => labels.slo));
  return new Map(
    shares.map(({ labels, value }) => [
      labels.slo ?? '',
      { share: value, isCurrent: isCurrent.has(labels.slo) },
    ]),
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
