import type { RecorderProgress } from '../recorder/progress.ts';

/**
 * How generators stand together. Counts add up; percentiles do not, so that each is that of the generator whose clients wait
 * longest: the merged history tells the true ones.
 *
 * @param each at least one
 */
export function sumProgress(each: readonly RecorderProgress[]): RecorderProgress {
  const sum = (of: keyof RecorderProgress) => each.reduce((total, progress) => total + progress[of], 0);
  const most = (of: keyof RecorderProgress) => Math.max(...each.map((progress) => progress[of]));
  return {
    ...{ sent: sum('sent'), accepted: sum('accepted'), retried: sum('retried'), refused: sum('refused') },
    ...{ unknown: sum('unknown'), dropped: sum('dropped'), inFlight: sum('inFlight') },
    ...{ elapsedSeconds: most('elapsedSeconds'), p50Ms: most('p50Ms'), p99Ms: most('p99Ms') },
  };
}
