import { majorityOf } from '../../../topology/majority.ts';
import type { Topology } from '../../../topology/model.ts';
import { type MetricSpec, metrics } from '../../names/metrics.ts';
import { duration, fresh, select } from '../promql.ts';
import type { Alert } from '../rules/rule.ts';
import type { Timing } from '../rules/timing.ts';

/** Groups of orders that wait for payment although it keeps up: more than a burst leaves behind. */
const lagMin = 100;
/** The order service refuses orders at 0.95 (`STORMPROOF_STREAM_FILL_MAX`). */
const fillMax = 0.8;
/** Deliveries that are repeats: their share of the new ones, and their number in a second. */
const redeliveredShareMax = 0.2;
const redeliveriesPerSecondMin = 0.1;

/** A broker that does not answer is told as down, and a stream's fill as it is, after this long at most. */
const pollSeconds = 5;
/** How long an election takes at most; docs of partitions say more. */
const electionSeconds = 25;
/** A stream has no leader for moments whenever one changes. */
const leaderlessSeconds = 30;
/** A broker counts a replica as current for this long after it last heard of it (`lostQuorumInterval` of nats-server). */
const heardOfSeconds = 10;

/** What the brokers say about themselves, their streams and their consumers. */
export function brokerAlerts(
  { brokers, streams, consumers }: Topology,
  { scaled }: Timing,
): readonly Alert[] {
  const isUp = `max by (broker) (${fresh(select(metrics.brokerUp))})`;
  const majority = majorityOf(brokers.replicas);
  const lagRange = duration(scaled(600));
  const lag = `max by (stream, consumer) (min_over_time(${select(metrics.consumerPending)}[${lagRange}]))`;
  const lagGrowth = `max by (stream, consumer) (deriv(${select(metrics.consumerPending)}[${lagRange}]))`;
  const rateRange = duration(scaled(300));
  const redeliveries = `sum(rate(${select(metrics.redeliveries)}[${rateRange}]))`;
  const groups = `(sum(rate(${select(metrics.groupOrders, {}, { part: 'count' })}[${rateRange}])) or vector(0))`;
  const ackWaitSeconds = Math.max(0, ...consumers.map(({ ackWaitMs }) => ackWaitMs / 1_000));
  // A leader that all others are cut off from goes on calling itself leader: what it lacks is replicas.
  const leaderless = streams
    .flatMap(({ name, replicas }) => {
      const over = (metric: MetricSpec) =>
        `over_time(${select(metric, { stream: name })}[${duration(leaderlessSeconds)}])`;
      return [
        `absent_${over(metrics.streamLeader)}`,
        `max by (stream) (max_${over(metrics.streamReplicasCurrent)}) < ${majorityOf(replicas)}`,
      ];
    })
    .join(' or ');
  return [
    {
      name: 'BrokerDown',
      severity: 'ticket',
      owner: 'platform',
      cause: 'broker',
      consequenceOf: ['quorum'],
      expr: `${isUp} == 0`,
      forSeconds: scaled(60),
      seesAfterSeconds: pollSeconds,
      seesForSeconds: pollSeconds,
      summary: 'The broker {{ $labels.broker }} is down',
      description: 'Orders go on while a majority of the brokers lives; one more failure may stop them.',
    },
    {
      name: 'BrokerQuorumLost',
      severity: 'page',
      owner: 'platform',
      cause: 'quorum',
      expr: `sum(${isUp}) < ${majority}`,
      forSeconds: scaled(15),
      seesAfterSeconds: pollSeconds,
      seesForSeconds: pollSeconds,
      summary: `Fewer than ${majority} of ${brokers.replicas} brokers are up: no order can be accepted`,
      description: 'Only {{ $value }} of the brokers answer. What was accepted is safe on their disks.',
    },
    ...(leaderless === ''
      ? []
      : [
          {
            name: 'StreamWithoutLeader',
            severity: 'page',
            owner: 'platform',
            consequenceOf: ['quorum'],
            expr: `(${leaderless}) and on () group(${isUp} == 1)`,
            forSeconds: scaled(15),
            seesAfterSeconds: heardOfSeconds + leaderlessSeconds + pollSeconds,
            seesForSeconds: electionSeconds,
            summary: 'The stream {{ $labels.stream }} has no leader that a majority follows',
            description: 'Nothing can be written to it; an election takes seconds.',
          } as const,
        ]),
    {
      name: 'ConsumerLagGrowing',
      severity: 'page',
      owner: 'payments',
      consequenceOf: ['quorum', 'provider'],
      expr: `${lag} > ${lagMin} and ${lagGrowth} > 0`,
      seesAfterSeconds: 2 * scaled(600),
      seesForSeconds: scaled(600),
      summary: 'The consumer {{ $labels.consumer }} falls behind',
      description:
        'At least {{ $value }} messages waited all the time, and they become more: orders settle late.',
    },
    {
      name: 'StreamNearlyFull',
      severity: 'page',
      owner: 'platform',
      expr: `max by (stream) (${fresh(select(metrics.streamFill))}) > ${fillMax}`,
      forSeconds: scaled(60),
      seesAfterSeconds: pollSeconds,
      seesForSeconds: pollSeconds,
      summary: 'The stream {{ $labels.stream }} is nearly full',
      description:
        'It holds {{ $value | humanizePercentage }} of what it may; at 95 % new orders are refused.',
    },
    {
      name: 'RedeliveryStorm',
      severity: 'ticket',
      owner: 'payments',
      consequenceOf: ['broker', 'quorum'],
      expr: `${redeliveries} > ${redeliveriesPerSecondMin} and ${redeliveries} > ${redeliveredShareMax} * ${groups}`,
      seesAfterSeconds: scaled(300) + ackWaitSeconds,
      seesForSeconds: scaled(300),
      summary: 'Groups of orders are delivered again and again',
      description:
        '{{ $value | humanize }} repeated deliveries a second: payment works without getting done.',
    },
  ];
}
