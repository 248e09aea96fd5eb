import type { LocalTarget } from '../../targets/local/index.ts';
import { RecorderDiedError } from '../recorder/spawn.ts';
import { measureCeiling } from './ceiling.ts';
import { measureGoodput } from './goodput.ts';
import { auditPhase, type Phase, type PhaseRun, runPhase } from './phase.ts';
import type { BenchSettings, CapacityFigures, PacedFigures, TurnOutcome } from './results.ts';
import { readSettlement } from './settlement.ts';
import { cpuUsPerOrder, readCpu, readDiskBytes } from './usage.ts';

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
    return { outcome: 'inconclusive', why: error instanceof Error ? error.message : String(error) };
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
  const { target, settings } = run;
  const before = { cpu: await readCpu(target), diskBytes: await readDiskBytes(target) };
  const { pacedRate: rate, pacedSeconds: seconds } = settings;
  const settled = await settle(run, { runId: `${run.runId}-paced`, rate, seconds });
  const { goodput, settlement, atRest } = settled;
  const { accepted, unaccepted } = goodput;
  return {
    orders: accepted,
    unaccepted: unaccepted + settled.dropped,
    acceptanceUs: goodput.fromIntendedUs,
    settlementP99Ms: settlement.p99Ms,
    cpuUsPerOrder: {
      ...cpuUsPerOrder(before.cpu, atRest.cpu, accepted),
      recorder: settled.recorderCpuUs / accepted,
    },
    diskBytesPerOrder: (atRest.diskBytes - before.diskBytes) / accepted,
  };
}

async function measureCapacity(run: TurnRun): Promise<CapacityFigures> {
  const { inFlight, capacitySeconds: seconds, capacityRateMax: rate } = run.settings;
  const phase = { runId: `${run.runId}-capacity`, rate, seconds, inFlight };
  const { goodput, settlement, startedAtMs } = await settle(run, phase);
  return {
    ordersPerSecond: goodput.acceptedPerSecond,
    settledPerSecond: settlement.settled / ((settlement.lastAtMs - startedAtMs) / 1_000),
    acceptanceUs: goodput.fromSendUs,
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
  const { history, rest } = await runPhase(ofPhase);
  const atRest = { cpu: await readCpu(target), diskBytes: await readDiskBytes(target) };
  const { violations, gap } = await auditPhase(ofPhase, history, rest);
  if (violations.length > 0) throw new TurnSpoiled({ outcome: 'violated', findings: violations });
  if (gap !== undefined) throw new TurnSpoiled({ outcome: 'inconclusive', why: gap });

  const { startedAtMs, finished } = history.manifest;
  if (finished === undefined) throw new RecorderDiedError('the recorder did not finish');
  const goodput = await measureGoodput(history.batches(), {
    fromUs: phase.seconds * 1e6 * rampShare,
    toUs: phase.seconds * 1e6,
  });
  if (goodput.accepted === 0) {
    throw new TurnSpoiled({ outcome: 'inconclusive', why: 'no order was accepted' });
  }
  const settlement = await readSettlement(target, phase.runId, startedAtMs, signal);
  const { dropped, cpuUs: recorderCpuUs } = finished;
  return { goodput, settlement, startedAtMs, dropped, recorderCpuUs, atRest };
}
