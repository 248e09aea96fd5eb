import { type MetricSpec, metrics } from '../../names/metrics.ts';
import { prometheusLabel, prometheusName } from '../../names/prometheus.ts';
import type { Selection } from '../model.ts';
import { select } from '../promql.ts';

/** A counter of the registry, as a query of an OpenSLO document names it. */
export type CounterQuery = {
  readonly metric: MetricSpec;
  readonly service: string;
  readonly selection: Selection;
  /** Of a histogram. */
  readonly part?: 'bucket' | 'count';
  /** The bound of a bucket. */
  readonly le?: number;
};

export function renderQuery({ metric, service, selection, ...series }: CounterQuery): string {
  return `sum(${select(metric, selection, { job: service, ...series })})`;
}

/**
 * Reads what {@link renderQuery} writes; matchers may come in any order, and `sum` may be missing.
 *
 * @returns the query, or what is wrong with it
 */
export function parseQuery(text: string): CounterQuery | string {
  const shape = /^\s*(?:sum\s*\((?<inner>.*)\)|(?<bare>.*))\s*$/s.exec(text)?.groups;
  const selector = /^\s*(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?<matchers>.*)\})?\s*$/s.exec(
    shape?.inner ?? shape?.bare ?? '',
  )?.groups;
  if (selector?.name === undefined) return 'expected a counter, name{label="value"}, or the sum of one';
  const matchers = parseMatchers(selector.matchers ?? '');
  if (typeof matchers === 'string') return matchers;
  const found = findMetric(selector.name);
  if (found === undefined) return `${selector.name} is no counter or histogram of the registry`;

  const { job, le, ...labels } = Object.fromEntries(matchers);
  if (typeof job !== 'string') return 'expected a label job, the service that counts';
  if (!found.metric.from.includes(job)) return `${job} does not send ${selector.name}`;
  if ((found.part === 'bucket') !== (typeof le === 'string'))
    return 'expected a label le of a bucket, and only there';
  const bound = typeof le === 'string' ? Number(le) : undefined;
  if (bound !== undefined && !found.metric.buckets?.includes(bound)) {
    return `no bucket of ${selector.name} ends at ${le}; they end at ${found.metric.buckets?.join(', ')}`;
  }
  const selection: Record<string, string | readonly string[]> = {};
  for (const [label, values] of Object.entries(labels)) {
    const attribute = found.metric.attributes.find((one) => prometheusLabel(one) === label);
    if (attribute === undefined) return `${selector.name} has no label ${label}`;
    selection[attribute] = values;
  }
  return {
    metric: found.metric,
    service: job,
    selection,
    ...(found.part === undefined ? {} : { part: found.part }),
    ...(bound === undefined ? {} : { le: bound }),
  };
}

function findMetric(series: string): Pick<CounterQuery, 'metric' | 'part'> | undefined {
  for (const metric of Object.values<MetricSpec>(metrics)) {
    const name = prometheusName(metric);
    if (metric.kind === 'counter' && series === name) return { metric };
    if (metric.kind !== 'histogram') continue;
    for (const part of ['bucket', 'count'] as const)
      if (series === `${name}_${part}`) return { metric, part };
  }
  return undefined;
}

const matcherPattern =
  /\s*(?<label>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?<operator>=~?)\s*(?<value>"(?:[^"\\]|\\.)*")\s*(?:,|$)/sy;

function parseMatchers(text: string): readonly (readonly [string, string | readonly string[]])[] | string {
  const matchers: [string, string | readonly string[]][] = [];
  matcherPattern.lastIndex = 0;
  for (let at = 0; at < text.trimEnd().length; at = matcherPattern.lastIndex) {
    const groups = matcherPattern.exec(text)?.groups;
    if (groups === undefined) return `expected label="value" or label=~"one|another" at ${text.slice(at)}`;
    const { label = '', operator, value = '""' } = groups;
    const plain = JSON.parse(value) as string;
    const values = operator === '=' ? plain : parseAlternatives(plain);
    if (values === undefined) return `${label}: expected words joined by |, found ${value}`;
    matchers.push([label, values]);
  }
  return matchers;
}

/** The texts that an expression such as `accepted|failed` matches; undefined where it is more than that. */
function parseAlternatives(expression: string): readonly string[] | undefined {
  const alternatives = [''];
  for (const [token] of expression.matchAll(/\\?./gsu)) {
    if (token === '|') alternatives.push('');
    else if (token.length === 1 && /[.*+?^${}()[\]\\]/.test(token)) return undefined;
    else alternatives[alternatives.length - 1] += token.replace(/^\\(?=.)/su, '');
  }
  return alternatives;
}
