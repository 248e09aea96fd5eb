import { describe, expect, it } from 'vitest';
import { metricNamesIn } from '../dashboards/fixtures/metric-names.ts';
import { metrics } from '../names/metrics.ts';
import { operationMetrics } from '../names/operations.ts';
import { prometheusName } from '../names/prometheus.ts';
import { series } from '../slo/index.ts';
import { chartQuestions, faultQuestion, flowQuestions } from './questions.ts';

/** What services emit and rules record. */
const known = new Set<string>([
  ...Object.values(series),
  ...Object.values({ ...metrics, ...operationMetrics }).flatMap((spec) => {
    const name = prometheusName(spec);
    return spec.kind === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name];
  }),
]);

const questions = [
  ...Object.entries(flowQuestions(3_600)),
  ...chartQuestions(30).flatMap(({ name, lines }) => lines.map(({ promql }) => [name, promql] as const)),
  ['faults over time', faultQuestion(30)] as const,
];

it('no chart leaves out what happened between two of its values', () => {
  for (const { name, lines } of chartQuestions(720)) {
    for (const { promql } of lines) {
      for (const [, range] of promql.matchAll(/\[(\w+)\]/g)) expect(range, name).toBe('12m');
    }
  }
});

describe('every question of the page', () => {
  it.each(questions)('%s: is about what somebody tells', (_name, promql) => {
    const names = [...metricNamesIn(promql)];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});
