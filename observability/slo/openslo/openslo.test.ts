import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { metrics } from '../../names/metrics.ts';
import { acceptanceLatency } from '../acceptance-latency.ts';
import { causes } from '../labels.ts';
import type { Selection, Sli, Slo } from '../model.ts';
import { slos } from '../slos.ts';
import { OpenSloError } from './errors.ts';
import { renderOpenSlo } from './export.ts';
import { parseOpenSlo } from './import.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,2}$/);
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const values = fc.oneof(text, fc.uniqueArray(text, { minLength: 1, maxLength: 4 }));

function selection(attributes: readonly string[]): fc.Arbitrary<Selection> {
  return fc
    .subarray([...attributes])
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((attribute) => [attribute, values]))));
}

const ratio: fc.Arbitrary<Sli> = fc
  .record({ valid: selection(metrics.orderAnswers.attributes), bad: values })
  .filter(({ valid, bad }) => JSON.stringify(valid.result) !== JSON.stringify(bad))
  .map(({ valid, bad }) => ({
    kind: 'ratio',
    service: 'order',
    metric: metrics.orderAnswers,
    valid,
    bad: { result: bad },
  }));

const threshold: fc.Arbitrary<Sli> = fc
  .record({
    valid: selection(metrics.httpServerDuration.attributes),
    thresholdSeconds: fc.constantFrom(...metrics.httpServerDuration.buckets),
  })
  .map((sli) => ({ kind: 'threshold', service: 'order', metric: metrics.httpServerDuration, ...sli }));

const slo: fc.Arbitrary<Slo> = fc.record({
  name,
  title: text,
  description: text,
  objective: fc.double({ min: 0.5, max: 0.999999, noNaN: true }),
  windowDays: fc.constantFrom(28, 30),
  owner: text,
  runbook: text,
  sli: fc.oneof(ratio, threshold),
  badEventsMin: fc.nat(),
  consequenceOf: fc.subarray([...causes]),
});

describe('OpenSLO', () => {
  it('holds what the platform promises', async () => {
    await expect(renderOpenSlo(slos)).toMatchFileSnapshot('golden/openslo.yaml');
    expect(parseOpenSlo(renderOpenSlo(slos))).toEqual(slos);
  });

  it('gives back every SLO that was written', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(slo, { selector: (one) => one.name, maxLength: 3, minLength: 1 }),
        (written) => {
          expect(parseOpenSlo(renderOpenSlo(written))).toEqual(written);
        },
      ),
    );
  });

  it('takes a target in percent, weeks, and a bare counter', () => {
    const document = parse(renderOpenSlo(slos.slice(0, 1)));
    document.spec.objectives = [{ targetPercent: 99.9 }];
    document.spec.timeWindow[0].duration = '4w';
    document.metadata.annotations = { 'stormproof/runbook': 'docs/runbooks/x.md' };
    const { metricSource } = document.spec.indicator.spec.ratioMetric.total;
    metricSource.spec.query = 'stormproof_orders_answers_total { result =~ "a|b", job = "order" }';
    expect(parseOpenSlo(stringify(document))).toEqual([
      expect.objectContaining({
        objective: 0.999,
        windowDays: 28,
        badEventsMin: 10,
        consequenceOf: [],
        sli: expect.objectContaining({ valid: { result: ['a', 'b'] } }),
      }),
    ]);
  });
});

/** A document of an SLO, by default one of the platform's, with one thing changed. */
function changed(
  change: (document: ReturnType<typeof parse>) => void,
  specs: readonly Slo[] = slos.slice(0, 1),
): string {
  const document = parse(renderOpenSlo(specs));
  change(document);
  return stringify(document);
}

function problemsOf(document: string): readonly string[] {
  try {
    parseOpenSlo(document);
  } catch (error) {
    if (error instanceof OpenSloError) return error.problems;
    throw error;
  }
  return [];
}

describe('a document that is no SLO of ours', () => {
  const query = (document: ReturnType<typeof parse>, key: string, text: string) => {
    document.spec.indicator.spec.ratioMetric[key].metricSource.spec.query = text;
  };

  it('is told all its problems at once', () => {
    const problems = problemsOf(
      changed((document) => {
        document.metadata.name = 'No Name';
        document.spec.budgetingMethod = 'Timeslices';
        document.spec.objectives = [{ target: 99.9 }];
        document.spec.alertPolicies = [];
      }),
    );
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).toMatch(/^metadata\.name: found "No Name"; expected words/m);
    expect(problems.join('\n')).toMatch(/^spec\.budgetingMethod: found "Timeslices"/m);
    expect(problems.join('\n')).toMatch(/^spec\.objectives\.0: .*expected one target between 0 and 1/m);
    expect(problems.join('\n')).toMatch(/^spec\.alertPolicies: there is no such key here$/m);
  });

  it.each([
    ['total', 'sum(rate(up[5m]))', 'expected a counter'],
    ['total', 'sum(up{job="order"})', 'up is no counter or histogram of the registry'],
    ['total', 'stormproof_orders_answers_total', 'expected a label job'],
    ['total', 'stormproof_orders_answers_total{job="psp"}', 'psp does not send'],
    ['total', 'stormproof_orders_answers_total{job="order",colour="red"}', 'has no label colour'],
    ['total', 'stormproof_orders_answers_total{job!="order"}', 'expected label="value"'],
    ['bad', 'stormproof_orders_answers_total{job="order",result=~"5.."}', 'expected words joined by |'],
    ['bad', 'stormproof_orders_accepted_total{job="order"}', 'expected bad and total of one metric'],
    ['bad', 'stormproof_orders_answers_total{job="order"}', 'expected a selection of what total counts'],
  ])('is told what is wrong with the query of %s: %s', (key, text, message) => {
    expect(problemsOf(changed((document) => query(document, key, text))).join('\n')).toContain(message);
  });

  const requestLatency: Slo = {
    ...acceptanceLatency,
    sli: {
      kind: 'threshold',
      service: 'order',
      metric: metrics.httpServerDuration,
      valid: { 'http.route': '/v1/orders' },
      thresholdSeconds: 0.05,
    },
  };

  it.each([
    [
      'good',
      '_bucket{job="order",le="0.06"}',
      'no bucket of http_server_request_duration_seconds_bucket ends at 0.06',
    ],
    ['good', '_bucket{job="order"}', 'expected a label le'],
    ['good', '_bucket{job="order",le="0.05"}', 'expected the same labels as in total'],
    ['good', '_count{job="order"}', 'expected good to be a bucket'],
  ])('is told what is wrong with the histogram of %s: %s', (key, rest, message) => {
    const text = changed(
      (document) => query(document, key, `http_server_request_duration_seconds${rest}`),
      [requestLatency],
    );
    expect(problemsOf(text).join('\n')).toContain(message);
  });

  it('is told which of several it is, and that names repeat', () => {
    const good = renderOpenSlo(slos.slice(0, 1));
    expect(problemsOf(`${good}---\nkind: Service\n`)[0]).toMatch(/^document 2: /);
    expect(problemsOf(`${good}---\n${good}`)).toEqual([expect.stringContaining('twice')]);
    expect(problemsOf('a: [')).toHaveLength(1);
    expect(problemsOf('')).toHaveLength(1);
  });
});
