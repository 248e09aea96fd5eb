import type { Chart, History, Span } from '../model.ts';
import { type ChartQuestion, chartQuestions, faultQuestion } from '../questions.ts';
import { type PrometheusClient, queryRange, type RangeSeries } from './prometheus.ts';

/** About as many points as a phone has room for. */
const pointsMax = 120;

/**
 * How the platform did over the window.
 *
 * @throws SourceError (rejects) when Prometheus does not answer, or refuses a query
 */
export async function readHistory(
  prometheus: PrometheusClient,
  windowSeconds: number,
  nowMs: number,
): Promise<History> {
  const { xs, stepSeconds } = axisOf(windowSeconds, nowMs);
  const [charts, faults] = await Promise.all([
    Promise.all(chartQuestions(stepSeconds).map((question) => readChart(prometheus, question, xs))),
    queryRange(prometheus, faultQuestion(stepSeconds), xs),
  ]);
  return { xs, stepSeconds, charts, faults: faults.flatMap((one) => spansOf(one, xs, stepSeconds)) };
}

/** Multiples of the step, so that a point stays where it is when the next one comes. */
export function axisOf(
  windowSeconds: number,
  nowMs: number,
): { readonly xs: readonly number[]; readonly stepSeconds: number } {
  const stepSeconds = Math.max(5, Math.ceil(windowSeconds / pointsMax / 5) * 5);
  const last = Math.floor(nowMs / 1_000 / stepSeconds) * stepSeconds;
  const count = Math.floor(windowSeconds / stepSeconds) + 1;
  return { xs: Array.from({ length: count }, (_, at) => last - (count - 1 - at) * stepSeconds), stepSeconds };
}

async function readChart(
  prometheus: PrometheusClient,
  question: ChartQuestion,
  xs: readonly number[],
): Promise<Chart> {
  const { lines, ...chart } = question;
  const answers = await Promise.all(lines.map(({ promql }) => queryRange(prometheus, promql, xs)));
  return {
    ...chart,
    lines: lines.flatMap(({ label }, at) =>
      (answers[at] ?? []).map((series) => ({
        label: typeof label === 'string' ? label : (series.labels[label.of] ?? ''),
        ys: series.ys.map((y) => (y === null ? null : Number(y.toPrecision(4)))),
      })),
    ),
  };
}

/** When a fault was injected; each point speaks of the step before it. */
export function spansOf({ labels, ys }: RangeSeries, xs: readonly number[], stepSeconds: number): Span[] {
  const label = `${labels.fault ?? ''} ${labels.subject ?? ''}`.trim();
  const spans: { label: string; fromSeconds: number; toSeconds: number }[] = [];
  for (const [at, y] of ys.entries()) {
    const toSeconds = xs[at];
    if (y === null || toSeconds === undefined) continue;
    const previous = spans.at(-1);
    const fromSeconds = toSeconds - stepSeconds;
    if (previous?.toSeconds === fromSeconds) previous.toSeconds = toSeconds;
    else spans.push({ label, fromSeconds, toSeconds });
  }
  return spans;
}
