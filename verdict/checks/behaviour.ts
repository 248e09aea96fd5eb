import type { ReportSeries, SeriesName } from '../report/model.ts';
import type { Condition } from '../verdicts.ts';
import type { NamedCheck } from './course.ts';
import { type Pulse, sumBeats } from './pulse.ts';
import { greatest, increaseOfAll, pointsBetween, seriesNamed } from './series.ts';

/** How the platform must have behaved over a run, beyond what became of the orders. What is left out is not looked at. */
export type Expectations = {
  /** Whether a breaker opens once the first fault is there; false: none ever does. */
  readonly breakerOpens?: boolean;
  /** Charges asked of the provider for each stored order, on average. */
  readonly chargeAttemptsPerOrderMax?: number;
  /** Deliveries of groups beyond the first, for each stored order: a group holds one order or many. */
  readonly redeliveriesPerOrderMax?: number;
  /** Orders that one replica has in its queue at any moment it was looked at. */
  readonly queuedOrdersMax?: number;
  /** How far the resident memory of a process may rise over what it was before the first fault. */
  readonly memoryGrowthBytesMax?: number;
  /** Answers other than 201, and sends without one, for each order. */
  readonly failedAnswersPerOrderMax?: number;
  /** Of those, the ones after which nobody can tell whether the order was stored. */
  readonly unknownAnswersPerOrderMax?: number;
};

export type Behaviour = {
  readonly series: readonly ReportSeries[];
  /** Undefined when there is no history. */
  readonly pulse: Pulse | undefined;
  /** Undefined when there was no audit. */
  readonly storedOrders: number | undefined;
  /** Milliseconds since the Unix epoch; undefined when nothing was injected. */
  readonly firstFaultAtMs: number | undefined;
};

/** Judges what was seen by what was expected; what nobody saw is unknown. Pure. */
export function checkBehaviour(seen: Behaviour, expects: Expectations): readonly NamedCheck[] {
  const { pulse, series, storedOrders: stored } = seen;
  const clients = pulse && sumBeats(pulse, 0, Infinity);
  const limits: readonly (readonly [name: string, max: number | undefined, value: number | undefined])[] = [
    [
      'charges asked for per order',
      expects.chargeAttemptsPerOrderMax,
      ratio(increaseOfAll(series, 'charge attempts'), stored),
    ],
    [
      'redeliveries per order',
      expects.redeliveriesPerOrderMax,
      ratio(increaseOfAll(series, 'redeliveries'), stored),
    ],
    ['orders in a queue', expects.queuedOrdersMax, most(seen, 'orders queued')],
    [
      'bytes of memory that a process took beyond those before',
      expects.memoryGrowthBytesMax,
      memoryGrowth(seen),
    ],
    [
      'answers other than 201 per order',
      expects.failedAnswersPerOrderMax,
      ratio(clients?.failedSends, clients?.orders),
    ],
    [
      'answers per order that leave it open',
      expects.unknownAnswersPerOrderMax,
      ratio(clients?.unknownSends, clients?.orders),
    ],
  ];
  return [
    ...(expects.breakerOpens === undefined ? [] : [breakerCheck(seen, expects.breakerOpens)]),
    ...limits.flatMap(([what, max, value]) =>
      max === undefined ? [] : [{ name: `at most ${max} ${what}`, check: judge(max, value) }],
    ),
  ];
}

/** What is expected, a line each: `at most 4096 orders in a queue`. */
export function describeExpectations(expects: Expectations): readonly string[] {
  const unseen = { series: [], pulse: undefined, storedOrders: undefined, firstFaultAtMs: undefined };
  return checkBehaviour(unseen, expects).map(({ name }) => name);
}

function judge(max: number, value: number | undefined): Condition {
  if (value === undefined) return { status: 'unknown', detail: 'nobody could look' };
  if (value <= max) return { status: 'met' };
  return { status: 'not-met', detail: `it was ${Number(value.toPrecision(4))}` };
}

function breakerCheck({ series, firstFaultAtMs }: Behaviour, opens: boolean): NamedCheck {
  const name = opens ? 'a breaker opens' : 'no breaker opens';
  const points = seriesNamed(series, 'breaker').flatMap((one) =>
    pointsBetween(one.points, firstFaultAtMs ?? 0, Infinity),
  );
  if (points.length === 0) return { name, check: { status: 'unknown', detail: 'nobody could look' } };
  const isOpened = points.some(({ value }) => value > 0);
  if (isOpened === opens) return { name, check: { status: 'met' } };
  const detail = opens ? `${points.length} looks found it closed` : 'it was found open';
  return { name, check: { status: 'not-met', detail } };
}

function most({ series }: Behaviour, name: SeriesName): number | undefined {
  return greatest(seriesNamed(series, name).flatMap(({ points }) => points));
}

function memoryGrowth({ series, firstFaultAtMs = 0 }: Behaviour): number | undefined {
  const growths = seriesNamed(series, 'memory').flatMap(({ points }) => {
    const before = greatest(pointsBetween(points, 0, firstFaultAtMs));
    const after = greatest(pointsBetween(points, firstFaultAtMs, Infinity));
    return before === undefined || after === undefined ? [] : [after - before];
  });
  return growths.length === 0 ? undefined : Math.max(...growths);
}

function ratio(count: number | undefined, of: number | undefined): number | undefined {
  return count === undefined || of === undefined || of === 0 ? undefined : count / of;
}
