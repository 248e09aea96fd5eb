import { z } from 'zod';
import type { ActiveAlert } from '../model.ts';
import { askJson, parseAnswer, SourceError } from './ask.ts';

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
  baseUrl: string,
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
  const { data } = await ask(baseUrl, '/api/v1/query_range', matrix, form);
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
export async function readAlerts(baseUrl: string): Promise<readonly ActiveAlert[]> {
  const [{ data }, evaluated] = await Promise.all([
    ask(baseUrl, '/api/v1/alerts', alerts),
    ask(baseUrl, '/api/v1/rules?type=alert', rules),
  ]);
  const isOurs = ({ annotations }: { readonly annotations?: Readonly<Record<string, string>> | undefined }) =>
    runbookPath.test(annotations?.runbook ?? '');
  if (!evaluated.data.groups.some((group) => group.rules.some(isOurs)))
    throw new SourceError(`Prometheus at ${baseUrl} evaluates no alert of the platform`);
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
  baseUrl: string,
  path: string,
  schema: z.ZodType<T>,
  form?: URLSearchParams,
): Promise<T> {
  const source = `Prometheus at ${baseUrl}`;
  const answer = await askJson(source, `${baseUrl}${path}`, form);
  const refused = refusal.safeParse(answer);
  if (refused.success) throw new SourceError(`${source} refused ${path}: ${refused.data.error}`);
  return parseAnswer(schema, answer, source);
}
