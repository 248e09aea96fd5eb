import { z } from 'zod';
import { type InstantSample, queryInstant } from '../../slo/index.ts';
import type { ActiveAlert } from '../model.ts';
import { askJson, deadlineMs, parseAnswer, SourceError, unansweredOf } from './ask.ts';
import { createGate } from './gate.ts';

const labels = z.record(z.string(), z.string());

const matrix = z.object({
  data: z.object({
    result: z.array(z.object({ metric: labels, values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

const alerts = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        labels,
        annotations: labels,
        state: z.enum(['pending', 'firing']),
        activeAt: z.string(),
      }),
    ),
  }),
});

const rules = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ annotations: labels.optional() })) })),
  }),
});

const refusal = z.object({ status: z.literal('error'), error: z.string() });

/** Few questions go to Prometheus at once: it serves the alerts as well, and a page asks three dozen. */
const concurrentMax = 5;

/** A Prometheus that the page asks. Every question ends within 5 s, its wait for others included. */
export type PrometheusClient = {
  readonly url: string;
  /** @throws SourceError when nobody answers, PrometheusError when the query is refused (rejects) */
  instant(promql: string): Promise<readonly InstantSample[]>;
  /** The answer to a GET, or to a POST of a form. @throws SourceError (rejects) when it does not answer */
  json(path: string, form?: URLSearchParams): Promise<unknown>;
};

/** @param url without a trailing slash */
export function createPrometheusClient(url: string): PrometheusClient {
  const gate = createGate({ concurrentMax, deadlineMs });
  const source = sourceOf(url);
  const askInTurn = <T>(ask: (signal: AbortSignal) => Promise<T>) =>
    gate.run(ask).catch((cause: unknown) => {
      const isLate = cause instanceof Error && cause.name === 'TimeoutError';
      throw isLate ? unansweredOf(source, cause) : cause;
    });
  return {
    url,
    instant: (promql) => askInTurn((signal) => queryInstant(url, promql, signal)),
    json: (path, body) =>
      askInTurn((signal) =>
        askJson(source, `${url}${path}`, body === undefined ? { signal } : { signal, body }),
      ),
  };
}

function sourceOf(url: string): string {
  return `Prometheus at ${url}`;
}

/** A series of a range query, on the axis that was asked for. */
export type RangeSeries = {
  readonly labels: Readonly<Record<string, string>>;
  readonly ys: readonly (number | null)[];
};

/**
 * The answer to a range query.
 *
 * @param xs seconds since the Unix epoch, equally far apart, two at least
 * @throws SourceError (rejects) when Prometheus does not answer, or refuses the query
 */
export async function queryRange(
  prometheus: PrometheusClient,
  promql: string,
  xs: readonly number[],
): Promise<readonly RangeSeries[]> {
  const [start = 0, second = start + 1] = xs;
  const step = second - start;
  const form = new URLSearchParams({
    query: promql,
    start: String(start),
    end: String(xs.at(-1) ?? start),
    step: String(step),
  });
  const { data } = await ask(prometheus, '/api/v1/query_range', matrix, form);
  return data.result.map(({ metric, values }) => {
    const ys = xs.map((): number | null => null);
    for (const [at, text] of values) {
      const value = Number(text);
      const index = Math.round((at - start) / step);
      // A quantile of nothing is NaN.
      if (index in ys) ys[index] = Number.isFinite(value) ? value : null;
    }
    return { labels: metric, ys };
  });
}

/** Labels that say what an alert is, not where. */
const general = new Set(['alertname', 'severity', 'owner', 'slo', 'cause', 'consequence_of']);
const runbookPath = /^docs\/runbooks\/([a-z0-9-]+)\.md$/;

/**
 * The alerts of the platform that fire, or are about to: those that have a runbook here. A Prometheus that is shared has
 * others, which are none of this page's business. What wakes somebody comes first, then what has lasted longest.
 *
 * @throws SourceError (rejects) when Prometheus does not answer, or evaluates no alert of the platform: that none fires
 * would say nothing
 */
export async function readAlerts(prometheus: PrometheusClient): Promise<readonly ActiveAlert[]> {
  const [{ data }, evaluated] = await Promise.all([
    ask(prometheus, '/api/v1/alerts', alerts),
    ask(prometheus, '/api/v1/rules?type=alert', rules),
  ]);
  const isOurs = ({ annotations }: { readonly annotations?: Readonly<Record<string, string>> | undefined }) =>
    runbookPath.test(annotations?.runbook ?? '');
  if (!evaluated.data.groups.some((group) => group.rules.some(isOurs)))
    throw new SourceError(`${sourceOf(prometheus.url)} evaluates no alert of the platform`);
  const found = data.alerts.flatMap((alert): ActiveAlert[] => {
    const runbook = runbookPath.exec(alert.annotations.runbook ?? '')?.[1];
    if (runbook === undefined) return [];
    const where = Object.entries(alert.labels).filter(([name]) => !general.has(name));
    return [
      {
        key: alertKey(alert.labels),
        name: alert.labels.alertname ?? '',
        severity: alert.labels.severity ?? '',
        state: alert.state,
        sinceMs: Date.parse(alert.activeAt),
        summary: alert.annotations.summary ?? '',
        description: alert.annotations.description ?? '',
        where: where.map(([name, value]) => `${name}="${value}"`).join(', '),
        runbook,
      },
    ];
  });
  return found.toSorted((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs);
}

function rank({ state, severity }: ActiveAlert): number {
  return (state === 'firing' ? 0 : 2) + (severity === 'page' ? 0 : 1);
}

/** The same for the same alert wherever it is told: its labels, sorted. */
export function alertKey(of: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function ask<T>(
  prometheus: PrometheusClient,
  path: string,
  schema: z.ZodType<T>,
  form?: URLSearchParams,
): Promise<T> {
  const source = sourceOf(prometheus.url);
  const answer = await prometheus.json(path, form);
  const refused = refusal.safeParse(answer);
  if (refused.success) throw new SourceError(`${source} refused ${path}: ${refused.data.error}`);
  return parseAnswer(schema, answer, source);
}
