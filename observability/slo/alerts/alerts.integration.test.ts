import { expect, it } from 'vitest';
import { ensureTools } from '../../../tools/index.ts';
import * as series from '../fixtures/calm.ts';
import { play } from '../fixtures/promtool.ts';
import { counter, gaugeAt, type SeriesSet } from '../fixtures/series.ts';
import { alertsOf, renderRules } from '../rules/render.ts';
import { timingOf } from '../rules/timing.ts';

const { promtool } = await ensureTools(['promtool'], { env: process.env });

type Case = {
  /** What is no reason for an alert, from 60 to 120 s, and what is one, from 180 to 300 s, of one platform. */
  readonly series: SeriesSet;
  /** The alerts after what is no reason; default none. */
  readonly before?: readonly string[];
  /** The alerts that fire besides it for the same reason. */
  readonly also?: readonly string[];
};

const isNear = (at: number) => at > 60 && at <= 120;
const isWrong = (at: number) => at > 180 && at <= 300;
/** What lasts no longer than alerts wait. */
const isBrief = (at: number) => at > 110 && at <= 120;

type Values = { readonly well: number; readonly near?: number; readonly wrong: number };
const pick = ({ well, near = well, wrong }: Values, at: number) =>
  isWrong(at) ? wrong : isNear(at) ? near : well;
const gaugeOf = (values: Values) => gaugeAt((at) => pick(values, at));
const rateOf = (values: Values) => counter((at) => pick(values, at));
const goneFor = (isGone: (at: number) => boolean, value: number) =>
  gaugeAt((at) => (isGone(at) ? undefined : value));
const brieflyThenWrong = (well: number, wrong: number) =>
  gaugeAt((at) => (isBrief(at) || isWrong(at) ? wrong : well));

const cases: Readonly<Record<string, Case>> = {
  'LedgerViolation page': {
    series: {
      [series.violations('lost')]: gaugeOf({ well: 0, wrong: 1 }),
      [series.violations('dead-lettered')]: gaugeOf({ well: 0, near: 1, wrong: 1 }),
    },
  },
  'OutcomeContradicted page': { series: { [series.contradictions]: rateOf({ well: 0, wrong: 0.2 }) } },
  'AuditStopped ticket': {
    // Its result stands for two minutes here. One that hangs sends the time of the one before it, and what that found.
    series: {
      [series.violations('lost')]: gaugeAt(() => 0),
      [series.auditTime]: gaugeAt((at) => (isNear(at) ? 60 : at > 120 && at <= 300 ? 120 : at)),
    },
  },
  'BrokerDown ticket': { series: { [series.brokerUp('nats-1')]: brieflyThenWrong(1, 0) } },
  'BrokerQuorumLost page': {
    series: {
      [series.brokerUp('nats-1')]: gaugeOf({ well: 1, near: 0, wrong: 0 }),
      [series.brokerUp('nats-2')]: gaugeOf({ well: 1, wrong: 0 }),
    },
    before: ['BrokerDown ticket'],
    also: ['BrokerDown ticket'],
  },
  'StreamWithoutLeader page': {
    series: { [series.streamLeader('OUTCOMES')]: goneFor((at) => isBrief(at) || isWrong(at), 1) },
  },
  'ConsumerLagGrowing page': {
    series: {
      [series.lag]: gaugeAt((at) => (isWrong(at) ? 5 * (at - 180) : isNear(at) ? 9_000 - 70 * at : 0)),
    },
  },
  'StreamNearlyFull page': {
    series: { [series.streamFill('ORDERS')]: gaugeOf({ well: 0.1, near: 0.79, wrong: 0.81 }) },
  },
  'RedeliveryStorm ticket': { series: { [series.redeliveries]: rateOf({ well: 0, near: 1, wrong: 3 }) } },
  'BreakerOpen page': { series: { [series.breaker('closed')]: brieflyThenWrong(1, 0) } },
  'SettlementStalled page': { series: { [series.outcomes]: rateOf({ well: 100, near: 1, wrong: 0 }) } },
  'DeadLetters ticket': { series: { [series.deadLetters]: rateOf({ well: 0, wrong: 0.2 }) } },
  'DatabaseContention ticket': {
    series: {
      // A quarter of the changes wait for long; what is wrong the one time is a wait now and then the other.
      [series.databaseWaits('+Inf')]: rateOf({ well: 4, wrong: 4 }),
      [series.databaseWaits('0.25')]: rateOf({ well: 4, near: 3.95, wrong: 3 }),
    },
  },
  'ServiceSilent page': {
    series: {
      [series.cpu('psp')]: { kind: 'counter', rate: () => 1, isMissing: (at) => isBrief(at) || isWrong(at) },
    },
  },
  'CollectorDown page': { series: { [series.up('collector')]: brieflyThenWrong(1, 0) } },
  'TargetDown ticket': { series: { [series.up('jaeger')]: brieflyThenWrong(1, 0) } },
  'TelemetryDropped ticket': { series: { [series.lost]: rateOf({ well: 0, wrong: 10 }) } },
};

/** Other reasons for an alert that has a case above. */
const furtherCases: readonly (readonly [string, Case])[] = [
  [
    'StreamWithoutLeader page',
    // A leader that is cut off from all others goes on calling itself leader.
    {
      series: {
        [series.replicasCurrent('ORDERS')]: gaugeAt((at) => (isWrong(at) ? 1 : isNear(at) ? 2 : 3)),
      },
    },
  ],
  [
    'TelemetryDropped ticket',
    // The Collector's counter is not there before it has counted something.
    { series: { [series.lost]: goneFor((at) => at <= 240 || at > 300, 5) } },
  ],
];

const rules = renderRules({ scale: 60 });

it.each([...Object.entries(cases), ...furtherCases])(
  '%s fires while it must, and only then',
  async (name, one) => {
    await play(promtool, {
      rules,
      intervalSeconds: 5,
      seconds: 480,
      series: { ...series.calm(100), ...one.series },
      firing: {
        60: [],
        120: one.before ?? [],
        295: [name, ...(one.also ?? [])],
        // An alert is over when its range has passed.
        480: [],
      },
    });
  },
);

it('has a case for every alert about the platform', () => {
  const names = alertsOf({ slos: [] }, timingOf(60)).map(({ name, severity }) => `${name} ${severity}`);
  expect(Object.keys(cases)).toEqual(names);
});
