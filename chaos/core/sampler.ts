import { performance } from 'node:perf_hooks';
import { delay } from '../../services/runtime/index.ts';
import type { Target } from '../../targets/target.ts';
import { instanceName } from '../../topology/index.ts';
import type { ReportSeries, SeriesName } from '../../verdict/index.ts';
import { attempt } from './attempt.ts';
import { readGauges, type Sample } from './gauges.ts';

/** What the values of each series are. */
const units: Readonly<Record<SeriesName, string>> = {
  up: '0 or 1',
  breaker: '0 closed, 1 half-open, 2 open',
  alert: '0 or 1',
  backlog: 'groups',
  redeliveries: 'groups',
  'orders queued': 'orders',
  'projection lag': 'messages',
  'charge attempts': 'charges',
  'repeated answers': 'orders',
  'repeated charges': 'charges',
  memory: 'bytes',
};

/** Looks at a platform again and again. */
export type Sampling = {
  /** Looks once more, and ends it. */
  stop(): Promise<void>;
  /** What was seen so far. */
  series(): readonly ReportSeries[];
};

const looksMax = 3_600;
const prometheus = instanceName('prometheus', 0);

/**
 * Starts to look at a platform once a second, or less often when a load is so long that this would be more than an hour of
 * looks. A moment in which not even the target answers leaves a gap. The caller stops it.
 */
export function startSampling(options: {
  readonly target: Target;
  readonly loadSeconds: number;
  readonly nowMs: () => number;
}): Sampling {
  const { target, loadSeconds, nowMs } = options;
  const everyMs = Math.max(1_000, Math.ceil((loadSeconds * 1_000) / looksMax));
  const book = createSeriesBook();
  const stopping = new AbortController();
  const { signal } = stopping;
  const sampling = (async () => {
    for (;;) {
      const isLast = signal.aborted;
      const startedAt = performance.now();
      const look = async () => readGauges(await target.addresses());
      const samples = await attempt<readonly Sample[]>(look, () => []);
      // That something does not answer is known only now.
      book.add(nowMs(), samples);
      if (isLast) return;
      await delay(Math.max(0, startedAt + everyMs - performance.now()), signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await sampling;
    },
    series: book.series,
  };
}

/**
 * Collects what was seen, look by look. An alert that has fired once is told as silent when Prometheus answers and does not
 * name it.
 */
export function createSeriesBook(): {
  add(atMs: number, samples: readonly Sample[]): void;
  series(): readonly ReportSeries[];
} {
  const series = new Map<string, ReportSeries & { readonly points: { atMs: number; value: number }[] }>();
  return {
    add(atMs, samples) {
      for (const { name, subject, value } of samples) {
        const key = `${name} ${subject}`;
        const known = series.get(key) ?? { name, unit: units[name], subject, points: [] };
        series.set(key, known);
        known.points.push({ atMs, value });
      }
      const isPrometheusUp = samples.some(({ subject, value }) => subject === prometheus && value === 1);
      if (!isPrometheusUp) return;
      for (const { name, points } of series.values()) {
        if (name === 'alert' && points.at(-1)?.atMs !== atMs) points.push({ atMs, value: 0 });
      }
    },
    series: () => [...series.values()],
  };
}
