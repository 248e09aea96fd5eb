import type { ArmName } from '../arms.ts';
import type { BenchResults, CapacityFigures, PacedFigures, TurnResult } from '../results.ts';
import { differenceSpread, ratioSpread, type Spread, spreadOf } from '../statistics.ts';

/** One figure of an arm in each round that has it. */
export type Series = ReadonlyMap<number, number>;

/** What a figure is taken from: undefined where the turn has none. */
export type Choose = (figures: {
  readonly capacity: CapacityFigures;
  readonly paced: PacedFigures | undefined;
}) => number | undefined;

type Measured = Extract<TurnResult, { outcome: 'measured' }>;

const isMeasured = (turn: TurnResult): turn is Measured => turn.outcome === 'measured';

export function measuredTurns({ turns }: Pick<BenchResults, 'turns'>, arm: ArmName): readonly Measured[] {
  return turns.filter(isMeasured).filter((turn) => turn.arm === arm);
}

export function seriesOf(results: Pick<BenchResults, 'turns'>, arm: ArmName, pick: Choose): Series {
  return new Map(
    measuredTurns(results, arm).flatMap(({ round, capacity, paced }): [number, number][] => {
      const value = pick({ capacity, paced });
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
export const acceptanceMs = (percentile: keyof PacedFigures['acceptanceUs']): Choose => {
  return ({ paced }) => (paced === undefined ? undefined : paced.acceptanceUs[percentile] / 1_000);
};
/** As {@link acceptanceMs}, of an arm that kept the rate: how long a queue grows in which orders are given up says nothing. */
export const keptAcceptanceMs = (percentile: keyof PacedFigures['acceptanceUs']): Choose => {
  return (figures) => (figures.paced?.unaccepted === 0 ? acceptanceMs(percentile)(figures) : undefined);
};
export const settlementMs: Choose = ({ paced }) => paced?.settlementP99Ms;
export const diskBytes: Choose = ({ paced }) => paced?.diskBytesPerOrder;

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

/** CPU µs per order of a group of processes, in the paced phase. */
export const cpuOf = (group: ProcessGroup): Choose => {
  return ({ paced }) => sumOfCpu(paced?.cpuUsPerOrder, (candidate) => candidate === group);
};

/** CPU µs per order of everything but the generator. */
export const platformCpu: Choose = ({ paced }) => sumOfCpu(paced?.cpuUsPerOrder, isPlatform);
export const platformCpuAtCapacity: Choose = (of) => sumOfCpu(of.capacity.cpuUsPerOrder, isPlatform);

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
