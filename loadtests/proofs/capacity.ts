import type { ArmName } from '../bench/arms.ts';
import { isBusyElsewhere } from '../bench/machine-load.ts';
import type { BenchResults, TurnResult } from '../bench/results.ts';
import { ratioSpread, spreadOf } from '../bench/statistics.ts';
import { atLeast, atMost, type ProofCheck } from './checks.ts';
import { capacityLimits, steadyLimits } from './lines.ts';

/** The arms of the benchmark that the line is about. */
export const capacityArms = [
  'baseline',
  'peer-three-brokers',
  'peer-three-brokers-fsync',
] as const satisfies readonly ArmName[];

/** A closed loop of seconds is over before it is warm. */
const needsFullSize = true;

type Measured = Extract<TurnResult, { outcome: 'measured' }>;

/** Judges what the benchmark found: capacity, the same as a ratio to the peers of the same run, CPU at the target's rate. Pure. */
export function judgeCapacity(results: BenchResults): readonly ProofCheck[] {
  const [ours, plain, withFsync] = capacityArms;
  const ratioTo = (peer: ArmName) =>
    ratioSpread(capacities(results, ours), capacities(results, peer))?.median;
  return [
    judgeTurns(results),
    judgeOrdersPerSecond(results),
    atLeast({
      name: 'as a multiple of the plain peer on three brokers',
      ...{ value: ratioTo(plain), unit: '×', min: capacityLimits.ratioToPeerMin, needsFullSize },
    }),
    atLeast({
      name: 'as a multiple of the plain peer with fsync',
      ...{ value: ratioTo(withFsync), unit: '×', min: capacityLimits.ratioToFsyncPeerMin, needsFullSize },
    }),
    atMost({
      name: `CPU of the platform per order at ${results.settings.targetRate ?? 'the target'} orders/s`,
      value: spreadOf(measuredTurns(results, ours).flatMap(platformCpuUs))?.median,
      ...{ unit: 'µs', max: steadyLimits.platformCpuUsMax, needsFullSize },
    }),
  ];
}

/** What the recorder held back says of the platform only that it can do more. */
function judgeOrdersPerSecond(results: BenchResults): ProofCheck {
  const [ours] = capacityArms;
  const row = atLeast({
    name: 'closed-loop capacity',
    value: spreadOf([...capacities(results, ours).values()])?.median,
    ...{ unit: 'orders/s', min: capacityLimits.ordersPerSecondMin, needsFullSize },
  });
  const isLowerBound = measuredTurns(results, ours).some(({ capacity }) => capacity.isLowerBound);
  if (row.check.status !== 'not-met' || !isLowerBound) return row;
  const detail = `${row.check.detail}, and the recorder may be what held it back`;
  return { ...row, check: { status: 'unknown', detail } };
}

/** Why the figures say nothing of how fast the platform is; undefined when they do. Pure. */
export function excuseOfBench({ turns, machine }: BenchResults): string | undefined {
  const busy = turns.filter((turn) => {
    if (turn.outcome !== 'measured') return false;
    const loads = [turn.paced?.machine, turn.atTarget?.machine, turn.capacity.machine];
    return loads.some((load) => isBusyElsewhere(load, machine.cores));
  });
  if (busy.length === 0) return undefined;
  return `others used the machine during ${busy.map(({ arm, round }) => `${arm} ${round}`).join(', ')}`;
}

/** An arm of which a turn has no figures, or is missing, is none to be compared with; what a peer loses is its own affair. */
function judgeTurns({ turns, wasInterrupted }: BenchResults): ProofCheck {
  const row = { name: 'every turn of the benchmark is measured, order by order', restsOnSpeed: false };
  const violated = turns.filter(({ outcome }) => outcome === 'violated').map(({ arm }) => arm);
  const [ours] = capacityArms;
  const missing = capacityArms.filter((name) => !turns.some(({ arm }) => arm === name));
  const found = `${turns.filter(({ outcome }) => outcome === 'measured').length} of ${turns.length}`;
  if (violated.includes(ours)) {
    return { ...row, found, check: { status: 'not-met', detail: `${ours} lost or doubled orders` } };
  }
  const unmeasured = turns.flatMap((turn) => {
    return turn.outcome === 'inconclusive' ? [`${turn.arm}: ${turn.why}`] : [];
  });
  const gaps = [
    ...missing.map((name) => `${name} is missing`),
    ...violated.map((name) => `${name} lost or doubled orders`),
    ...unmeasured,
    ...(wasInterrupted ? ['interrupted'] : []),
  ];
  if (gaps.length === 0) return { ...row, found, check: { status: 'met' } };
  return { ...row, found, check: { status: 'unknown', detail: gaps.join('; ') } };
}

function measuredTurns({ turns }: BenchResults, of: ArmName): readonly Measured[] {
  return turns.filter((turn) => turn.arm === of).filter((turn) => turn.outcome === 'measured');
}

/** Orders per second of an arm's closed loop, by round. */
function capacities(results: BenchResults, of: ArmName): ReadonlyMap<number, number> {
  return new Map(measuredTurns(results, of).map(({ round, capacity }) => [round, capacity.ordersPerSecond]));
}

/** A turn that settled too slowly at the target's rate has no figure of it. */
function platformCpuUs({ atTarget }: Measured): readonly number[] {
  if (atTarget === undefined) return [];
  const { recorder: _, ...platform } = atTarget.cpuUsPerOrder;
  return [Object.values(platform).reduce((sum, us) => sum + us, 0)];
}
