import type { Slo } from '../model.ts';
import { duration } from '../promql.ts';
import { series } from '../rules/series.ts';
import { type InstantSample, queryInstant } from './prometheus.ts';
import { type Counted, type EventCounts, type SloStatus, sloStatus } from './status.ts';

const daySeconds = 86_400;

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
  return slos.map((slo) => {
    const of = (seconds: number): Counted => ({
      counted: counts.get(seconds)?.(slo.name, 'counted'),
      excluded: counts.get(seconds)?.(slo.name, 'excluded'),
    });
    return sloStatus(slo, { window: of(windowSeconds), period: of(slo.windowDays * daySeconds) });
  });
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
