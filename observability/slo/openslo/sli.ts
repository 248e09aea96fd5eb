import { isDeepStrictEqual } from 'node:util';
import type { Selection, Sli } from '../model.ts';
import { type CounterQuery, parseQuery, renderQuery } from './query.ts';
import type { SloDocument } from './schema.ts';

type RatioMetric = SloDocument['spec']['indicator']['spec']['ratioMetric'];
type Source = RatioMetric['total'];

/** An SLI as OpenSLO's ratio: bad events of a counter, or a histogram's good bucket, and all events. */
export function renderRatioMetric(sli: Sli): RatioMetric {
  const { metric, service, valid } = sli;
  if (sli.kind === 'ratio') {
    return {
      counter: true,
      bad: toSource({ metric, service, selection: { ...valid, ...sli.bad } }),
      total: toSource({ metric, service, selection: valid }),
    };
  }
  return {
    counter: true,
    good: toSource({ metric, service, selection: valid, part: 'bucket', le: sli.thresholdSeconds }),
    total: toSource({ metric, service, selection: valid, part: 'count' }),
  };
}

/**
 * Reads what {@link renderRatioMetric} writes.
 *
 * @returns the SLI, or its problems, each to be read after the ratio's path
 */
export function parseRatioMetric(
  { good, bad, total }: RatioMetric,
  service: string,
): Sli | readonly string[] {
  const some = bad ?? good;
  if (some === undefined || (bad !== undefined && good !== undefined))
    return [': expected either good or bad'];
  const which = bad === undefined ? 'good' : 'bad';
  const part = toQuery(some);
  const all = toQuery(total);
  if (typeof part === 'string' || typeof all === 'string') {
    return [
      ...(typeof part === 'string' ? [`.${which}: ${part}`] : []),
      ...(typeof all === 'string' ? [`.total: ${all}`] : []),
    ];
  }
  if (part.service !== service || all.service !== service || part.metric !== all.metric) {
    return [`: expected ${which} and total of one metric, both with job="${service}", as spec.service says`];
  }
  const sli = which === 'bad' ? toRatio(part, all) : toThreshold(part, all);
  return typeof sli === 'string' ? [sli] : sli;
}

function toRatio(bad: CounterQuery, all: CounterQuery): Sli | string {
  if (bad.part !== undefined || all.part !== undefined) {
    return ': expected counters; of a histogram, the bucket that is good';
  }
  const { metric, service, selection: valid } = all;
  const isWithinTotal = Object.keys(valid).every((attribute) => attribute in bad.selection);
  const narrowed: Selection = Object.fromEntries(
    Object.entries(bad.selection).filter(
      ([attribute, values]) => !isDeepStrictEqual(values, valid[attribute]),
    ),
  );
  if (!isWithinTotal || Object.keys(narrowed).length === 0) {
    return '.bad: expected a selection of what total counts, by one label more or fewer values';
  }
  return { kind: 'ratio', service, metric, valid, bad: narrowed };
}

function toThreshold(good: CounterQuery, all: CounterQuery): Sli | string {
  if (good.le === undefined || all.part !== 'count') {
    return ': expected good to be a bucket of a histogram, and total its count';
  }
  if (!isDeepStrictEqual(good.selection, all.selection)) {
    return '.good: expected the same labels as in total, and le';
  }
  const { metric, service, selection: valid } = all;
  return { kind: 'threshold', service, metric, valid, thresholdSeconds: good.le };
}

function toSource(query: CounterQuery): Source {
  return { metricSource: { type: 'Prometheus', spec: { query: renderQuery(query) } } };
}

function toQuery({ metricSource }: Source): CounterQuery | string {
  return parseQuery(metricSource.spec.query);
}
