import type { LocalTarget } from '../../targets/local/index.ts';
import { RecorderDiedError } from '../recorder/spawn.ts';
import { measureCeiling } from './ceiling.ts';
import { measureGoodput } from './goodput.ts';
import { auditPhase, type Phase, type PhaseRun, runPhase } from './phase.ts';
import {
  type BenchSettings,
  type CapacityFigures,
  type PacedFigures,
  type TurnOutcome,
  whyOf,
} from './results.ts';
import { readSettlement } from './settlement.ts';
import { readUsage, shareCpu } from './usage.ts';

/** A closed loop that had fewer orders in flight than this share of its bound was not held back by the platform. */
const fullShare = 0.8;
/** The share of a phase in which connections are opened and groups begin to fill: no part of its throughput. */
const rampShare = 0.1;

/** One turn of an arm on a fresh platform. */
export type TurnRun = Omit<PhaseRun, 'phase'> & {
  readonly target: LocalTarget;
  readonly settings: BenchSettings;
  /** The nats CLI, for a ceiling. */
  readonly natsPath: string | undefined;
  /** Begins every run id of the turn. */
  readonly runId: string;
};

/**
 * Measures one arm: warm-up, paced phase, capacity, each audited order by order. The platform is up, and used by nobody
 * else.
 *
 * @returns what came of it; what keeps it from being measured is part of that
 * @throws the signal's reason when it was interrupted
 */
export async function measureTurn(run: TurnRun): Promise<TurnOutcome> {
  try {
    return run.arm.kind === 'ceiling' ? await measureBrokers(run) : await measureOrders(run);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof TurnSpoiled) return error.outcome;
    return { outcome: 'inconclusive', why: whyOf(error) };
  }
}

async function measureBrokers(run: TurnRun): Promise<TurnOutcome> {
  const { arm, natsPath } = run;
  if (natsPath === undefined || arm.publishing === undefined) {
    return { outcome: 'inconclusive', why: 'the nats CLI is needed and was not given' };
  }
  return {
    outcome: 'measured',
    capacity: await measureCeiling({ ...run, natsPath, publishing: arm.publishing }),
  };
}

async function measureOrders(run: TurnRun): Promise<TurnOutcome> {
  const { settings } = run;
  const { inFlight, capacityRateMax: rate } = settings;
  if (settings.warmUpSeconds > 0) {
    await settle(run, { runId: `${run.runId}-warm-up`, rate, seconds: settings.warmUpSeconds, inFlight });
  }
  const paced = await measurePaced(run);
  return { outcome: 'measured', paced, capacity: await measureCapacity(run) };
}

async function measurePaced(run: TurnRun): Promise<PacedFigures> {
  const { pacedRate: rate, pacedSeconds: seconds } = run.settings;
  const settled = await settle(run, { runId: `${run.runId}-paced`, rate, seconds });
  const { goodput, settlement, dropped, cpuUsPerOrder, diskBytesPerOrder } = settled;
  return {
    orders: goodput.accepted,
    unaccepted: goodput.unaccepted + dropped,
    acceptanceUs: goodput.fromIntendedUs,
    settlementP99Ms: settlement.p99Ms,
    ...{ cpuUsPerOrder, diskBytesPerOrder },
  };
}

async function measureCapacity(run: TurnRun): Promise<CapacityFigures> {
  const { inFlight, capacitySeconds: seconds, capacityRateMax: rate } = run.settings;
  const phase = { runId: `${run.runId}-capacity`, rate, seconds, inFlight };
  const { goodput, settlement, startedAtMs, cpuUsPerOrder } = await settle(run, phase);
  return {
    ordersPerSecond: goodput.acceptedPerSecond,
    settledPerSecond: settlement.settled / ((settlement.lastAtMs - startedAtMs) / 1_000),
    acceptanceUs: goodput.fromSendUs,
    cpuUsPerOrder,
    isLowerBound: goodput.outstandingMean < inFlight * fullShare,
  };
}

/** The turn has no figures: its orders were not all accounted for. */
class TurnSpoiled extends Error {
  override readonly name = 'TurnSpoiled';
  readonly outcome: TurnOutcome;

  constructor(outcome: TurnOutcome) {
    super(outcome.outcome);
    this.outcome = outcome;
  }
}

/**
 * Sends a phase, waits until it is settled, accounts for every order of it, and only then measures it.
 *
 * @throws TurnSpoiled when orders were lost, doubled …, or nobody can tell, or none was accepted
 */
async function settle(run: TurnRun, phase: Phase) {
  const { target, signal } = run;
  const ofPhase: PhaseRun = { ...run, phase };
  const before = await readUsage(target);
  const { history, rest } = await runPhase(ofPhase);
  const after = await readUsage(target);
  const { violations, gap } = await auditPhase(ofPhase, history, rest);
  if (violations.length > 0) throw new TurnSpoiled({ outcome: 'violated', findings: violations });
  if (gap !== undefined) throw new TurnSpoiled({ outcome: 'inconclusive', why: gap });

  const { startedAtMs, finished } = history.manifest;
  if (finished === undefined) throw new RecorderDiedError('the recorder did not finish');
  const goodput = await measureGoodput(history.batches(), {
    fromUs: phase.seconds * 1e6 * rampShare,
    toUs: phase.seconds * 1e6,
  });
  const { accepted } = goodput;
  if (accepted === 0) throw new TurnSpoiled({ outcome: 'inconclusive', why: 'no order was accepted' });
  const settlement = await readSettlement(target, phase.runId, startedAtMs, signal);
  return {
    ...{ goodput, settlement, startedAtMs },
    dropped: finished.dropped,
    cpuUsPerOrder: {
      ...shareCpu(before.cpu, after.cpu, accepted),
      recorder: finished.cpuUs / accepted,
    },
    diskBytesPerOrder: (after.diskBytes - before.diskBytes) / accepted,
  };
}
