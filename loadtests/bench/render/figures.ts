import type { ArmName } from '../arms.ts';
import type { BenchResults, BytesPerOrder, CapacityFigures, PacedFigures, TurnResult } from '../results.ts';
import { differenceSpread, ratioSpread, type Spread, spreadOf } from '../statistics.ts';

/** One figure of an arm in each round that has it. */
export type Series = ReadonlyMap<number, number>;

/** What a figure is taken from: undefined where the turn has none. */
export type Choose = (figures: {
  readonly capacity: CapacityFigures;
  readonly paced: PacedFigures | undefined;
  readonly atTarget: PacedFigures | undefined;
}) => number | undefined;

/** A paced phase of a turn. */
export type Pace = 'paced' | 'atTarget';

type Measured = Extract<TurnResult, { outcome: 'measured' }>;

const isMeasured = (turn: TurnResult): turn is Measured => turn.outcome === 'measured';

/** The turns of an arm that have figures: none, if one of its turns mistreated an order. How fast it is then is no question. */
export function measuredTurns({ turns }: Pick<BenchResults, 'turns'>, arm: ArmName): readonly Measured[] {
  const ofArm = turns.filter((turn) => turn.arm === arm);
  return ofArm.some(({ outcome }) => outcome === 'violated') ? [] : ofArm.filter(isMeasured);
}

export function seriesOf(results: Pick<BenchResults, 'turns'>, arm: ArmName, pick: Choose): Series {
  return new Map(
    measuredTurns(results, arm).flatMap(({ round, capacity, paced, atTarget }): [number, number][] => {
      const value = pick({ capacity, paced, atTarget });
      return value === undefined ? [] : [[round, value]];
    }),
  );
}

export function spreadOfSeries(series: Series): Spread | undefined {
  return spreadOf([...series.values()]);
}

/** How a figure of one arm compares with the same of another, round by round. */
export function compareArms(
  results: Pick<BenchResults, 'turns'>,
  arm: ArmName,
  reference: ArmName,
  pick: Choose,
): Spread | undefined {
  return ratioSpread(seriesOf(results, arm, pick), seriesOf(results, reference, pick));
}

/** What a figure of one arm is more than the same of another, round by round. */
export function differenceOfArms(
  results: Pick<BenchResults, 'turns'>,
  arm: ArmName,
  reference: ArmName,
  pick: Choose,
): Spread | undefined {
  return differenceSpread(seriesOf(results, arm, pick), seriesOf(results, reference, pick));
}

export const capacity: Choose = ({ capacity: { ordersPerSecond } }) => ordersPerSecond;
export const settledCapacity: Choose = ({ capacity: { settledPerSecond } }) => settledPerSecond;
type Percentile = keyof PacedFigures['acceptanceUs'];
export const acceptanceMs = (pace: Pace, percentile: Percentile): Choose => {
  return ({ [pace]: figures }) =>
    figures === undefined ? undefined : figures.acceptanceUs[percentile] / 1_000;
};
/** As {@link acceptanceMs}, of an arm that kept the rate: how long a queue grows in which orders are given up says nothing. */
export const keptAcceptanceMs = (percentile: Percentile): Choose => {
  return (figures) =>
    figures.paced?.unaccepted === 0 ? acceptanceMs('paced', percentile)(figures) : undefined;
};
export const settlementMs = (pace: Pace): Choose => {
  return ({ [pace]: figures }) => figures?.settlementP99Ms;
};
export const bytesOf = (of: keyof BytesPerOrder): Choose => {
  return ({ capacity: { bytesPerOrder } }) => bytesPerOrder?.[of];
};
export const ordersPerMessageAtCapacity: Choose = ({ capacity: { ordersPerMessage } }) => ordersPerMessage;

/** What processes are told together, in the order of the table. */
export const processGroups = [
  'order',
  'payment',
  'psp',
  'brokers',
  'telemetry',
  'proxies',
  'recorder',
] as const;
export type ProcessGroup = (typeof processGroups)[number];

/** The group of a process, by the name of its instance; whatever is no part of an order's way is telemetry. */
function groupOfProcess(instance: string): ProcessGroup {
  const service = instance.replace(/-\d+$/, '');
  switch (service) {
    case 'order':
    case 'payment':
    case 'psp':
    case 'recorder':
      return service;
    case 'nats':
      return 'brokers';
    case 'toxiproxy':
      return 'proxies';
    default:
      return 'telemetry';
  }
}

/** CPU µs per order of a group of processes, in a paced phase. */
export const cpuOf = (pace: Pace, group: ProcessGroup): Choose => {
  return ({ [pace]: figures }) => sumOfCpu(figures?.cpuUsPerOrder, (candidate) => candidate === group);
};

/** CPU µs per order of everything but the generator. */
export const platformCpu = (pace: Pace): Choose => {
  return ({ [pace]: figures }) => sumOfCpu(figures?.cpuUsPerOrder, isPlatform);
};
export const platformCpuAtCapacity: Choose = (of) => sumOfCpu(of.capacity.cpuUsPerOrder, isPlatform);

/** Cores that were busy with nothing of ours while capacity was measured. */
export const unattributedCores: Choose = ({ capacity: { machine } }) => machine?.unattributedCores;

const isPlatform = (group: ProcessGroup) => group !== 'recorder';

/** @returns undefined when no such process ran */
function sumOfCpu(
  cpuUsPerOrder: PacedFigures['cpuUsPerOrder'] | undefined,
  counts: (group: ProcessGroup) => boolean,
): number | undefined {
  const values = Object.entries(cpuUsPerOrder ?? {})
    .filter(([instance]) => counts(groupOfProcess(instance)))
    .map(([, us]) => us);
  return values.length === 0 ? undefined : values.reduce((sum, us) => sum + us, 0);
}

/** Whether the most that an arm can do was not found in one of its turns. */
export function isBounded(results: Pick<BenchResults, 'turns'>, arm: ArmName): boolean {
  return measuredTurns(results, arm).some((turn) => turn.capacity.isLowerBound);
}

/** What stands before a ratio of two capacities of which either may be more; `?` where both may. */
export function boundOfRatio(isValueBounded: boolean, isReferenceBounded: boolean): string {
  if (isValueBounded) return isReferenceBounded ? '? ' : '≥ ';
  return isReferenceBounded ? '≤ ' : '';
}
