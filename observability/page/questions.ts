import { names } from '../../topology/platform.ts';
import { type MetricSpec, metrics } from '../names/metrics.ts';
import { operationMetrics } from '../names/operations.ts';
import { acceptanceLatency } from '../slo/acceptance-latency.ts';
import type { Selection } from '../slo/model.ts';
import { duration, fresh, select } from '../slo/promql.ts';
import { series } from '../slo/rules/series.ts';
import { settlement } from '../slo/settlement.ts';
import type { ChartUnit } from './model.ts';

/** An audit's result stands as long as the alert `LedgerViolation` lets it. */
export const auditSeconds = 2 * 3_600;
const silenceWindow = '6h';
/** The window of the burn rate in the chart: the short one of the alert that wakes somebody first, or a step if longer. */
const burnSecondsMin = 300;

/** What is asked about the present, in PromQL. Counts are those of the window. */
export function flowQuestions(windowSeconds: number) {
  const grown = (spec: MetricSpec, by: string, where: Selection = {}) =>
    `sum by (${by}) (${growthOf(`${select(spec, where)}[${duration(windowSeconds)}]`)})`;
  const most = (spec: MetricSpec, by: string) => `max by (${by}) (${fresh(select(spec))})`;
  const cpu = select(metrics.processCpuTime, { job: metrics.processCpuTime.from });
  const auditWindow = duration(auditSeconds);
  const violations = select(operationMetrics.auditViolations);
  return {
    answers: grown(metrics.orderAnswers, 'result'),
    replayed: grown(metrics.ordersReplayed, ''),
    stored: grown(metrics.ordersAccepted, ''),
    charged: grown(metrics.chargeAttempts, '', { result: 'decided' }),
    settled: grown(metrics.outcomes, 'state'),
    waiting: most(metrics.consumerPending, 'stream, consumer'),
    inHand: most(metrics.consumerAckPending, 'stream, consumer'),
    projections: most(metrics.projectionLag, 'instance, stream'),
    breakers: `${most(metrics.breakerState, 'instance, state')} == 1`,
    faults: `${most(operationMetrics.chaosFaultActive, 'fault, subject')} == 1`,
    windows: most(operationMetrics.chaosWindow, 'window'),
    excludedSeconds: series.chaosExcludedSeconds,
    violations: `max by (invariant) (last_over_time(${violations}{invariant!="dead-lettered"}[${auditWindow}]))`,
    // By the time that the audit tells: one that hangs sends what it found last, again and again.
    auditAge: `time() - max(last_over_time(${select(operationMetrics.auditTime)}[${auditWindow}]))`,
    telemetry: `min by (job, instance) (${ageOf(cpu, silenceWindow)})`,
  };
}

/**
 * How much a counter has grown within a range: exactly, unless its process started anew meanwhile. `increase` alone would
 * extrapolate a counter that is young, and the stages of the funnel would differ though no order is missing.
 */
function growthOf(range: string): string {
  const exact = `(max_over_time(${range}) - min_over_time(${range})) unless (resets(${range}) > 0)`;
  return `(${exact}) or increase(${range})`;
}

/** How old the newest sample of each series is; to the second, or to the minute where it is older than five. */
function ageOf(selector: string, within: string): string {
  return `(time() - timestamp(${selector})) or (time() - max_over_time(timestamp(${selector})[${within}:1m]))`;
}

/** A chart before it was asked for. */
export type ChartQuestion = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly unit: ChartUnit;
  readonly lines: readonly {
    readonly promql: string;
    /** What the line is called, or the label whose values call the lines. */
    readonly label: string | { readonly of: string };
  }[];
  readonly limit?: { readonly label: string; readonly value: number };
};

/** @param stepSeconds how far apart the values are; each of them speaks of the time since the one before */
export function chartQuestions(stepSeconds: number): readonly ChartQuestion[] {
  const range = duration(Math.max(30, stepSeconds));
  // No shorter than a step, or what happened between two values would be in none of them.
  const burnSeconds = Math.max(burnSecondsMin, stepSeconds);
  const rate = (selector: string) => `sum(rate(${selector}[${range}]))`;
  const quantile = (share: number, spec: MetricSpec, where: Selection, job: string) => ({
    label: `p${share * 100}`,
    promql: `histogram_quantile(${share}, sum by (le) (rate(${select(spec, where, { part: 'bucket', job })}[${range}])))`,
  });
  const latency = ({ sli }: typeof acceptanceLatency) => ({
    unit: 's' as const,
    lines: [0.99, 0.5].map((share) => quantile(share, sli.metric, sli.valid, sli.service)),
    ...(sli.kind === 'threshold' ? { limit: { label: 'promised', value: sli.thresholdSeconds } } : {}),
  });
  const events = (name: string) =>
    `sum by (slo) (sum_over_time(${name}{chaos="counted"}[${duration(burnSeconds)}]))`;
  return [
    {
      name: 'orders',
      title: 'Orders a second',
      description:
        'Stored before their 201, and settled. Where settled stays behind, orders wait for payment.',
      unit: 'orders/s',
      lines: [
        { label: 'stored', promql: rate(select(metrics.ordersAccepted)) },
        { label: 'settled', promql: rate(select(metrics.outcomes)) },
        {
          label: 'refused or in doubt',
          promql: rate(select(metrics.orderAnswers, { result: ['refused', 'unknown', 'failed'] })),
        },
      ],
    },
    {
      name: 'burn',
      title: `Burn rate over ${burnSeconds / 60} minutes`,
      description: 'How many times faster than allowed each budget is used up, announced chaos counted.',
      unit: 'times',
      lines: [
        {
          label: { of: 'slo' },
          promql: `${events(series.badEvents)} / (${events(series.validEvents)} > 0) / on (slo) group_left () ${series.errorBudget}`,
        },
      ],
      limit: { label: 'sustainable', value: 1 },
    },
    {
      name: 'accept',
      title: 'Time to accept',
      description: 'From a request to its 201, as the order service sees it: without the way to the client.',
      ...latency(acceptanceLatency),
    },
    {
      name: 'settle',
      title: 'Time to settle',
      description: 'From the receipt of an order to its stored outcome.',
      ...latency(settlement),
    },
    {
      name: 'lag',
      title: 'Waiting for payment',
      description: 'Groups of orders that payment was not given yet. Back to 0 after every burst.',
      unit: 'messages',
      lines: [
        {
          label: names.paymentConsumer,
          promql: `max(max_over_time(${select(metrics.consumerPending, { consumer: names.paymentConsumer })}[${range}]))`,
        },
      ],
    },
    {
      name: 'provider',
      title: 'Time of a call to the provider',
      description: 'However many orders are in it. A provider that slows down shows here first.',
      unit: 's',
      lines: [0.99, 0.5].map((share) => quantile(share, metrics.providerDuration, {}, 'payment')),
    },
  ];
}

/** 1 at each step in which a fault was injected. */
export function faultQuestion(stepSeconds: number): string {
  const active = select(operationMetrics.chaosFaultActive);
  return `max by (fault, subject) (max_over_time(${active}[${duration(stepSeconds)}])) == 1`;
}
