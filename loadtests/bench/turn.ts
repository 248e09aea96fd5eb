import type { LocalTarget } from '../../targets/local/index.ts';
import { RecorderDiedError } from '../recorder/spawn.ts';
import { measureCeiling } from './ceiling.ts';
import { measureGoodput, throughputWindow } from './goodput.ts';
import { loadBetween, type MachineLoad } from './machine-load.ts';
import { auditPhase, type Phase, type PhaseRun, runPhase } from './phase.ts';
import { findNoEffect, readBrokerFacts } from './proof.ts';
import {
  type BenchSettings,
  type BrokerFacts,
  type CapacityFigures,
  type PacedFigures,
  type PhaseFigures,
  type TurnOutcome,
  whyOf,
} from './results.ts';
import { countSettled, watchSettlement } from './settlement.ts';
import { readUsage, shareBytes, shareCpu, type UsageReading } from './usage.ts';

/** A closed loop that had fewer orders in flight than this share of its bound was not held back by the platform. */
const fullShare = 0.8;
/** It has one thread: above this share of a core it may be what holds the loop back. */
const recorderCoresMax = 0.85;

/** One turn of an arm on a fresh platform. */
export type TurnRun = Omit<PhaseRun, 'phase'> & {
  readonly target: LocalTarget;
  readonly settings: BenchSettings;
  /** The nats CLI, for a ceiling. */
  readonly natsPath: string | undefined;
  /** Begins every run id of the turn; as long as that of any other, since every order has it twice. */
  readonly runId: string;
  /** Ends the platform of the turn, and starts one that has never run. */
  readonly renew: () => Promise<LocalTarget>;
};

/**
 * Measures one arm: the paced phases, and on a platform that is as fresh the capacity, each after a warm-up and audited order
 * by order. The platform is up, and used by nobody else.
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
  const facts = await requireEffect(run);
  const capacity = await measureCeiling({ ...run, natsPath, publishing: arm.publishing });
  return { outcome: 'measured', facts, capacity };
}

async function measureOrders(run: TurnRun): Promise<TurnOutcome> {
  const { targetRate } = run.settings;
  const facts = await requireEffect(run);
  await warmUp(run, 'w');
  const paced = await measurePaced(run, 'p', run.settings.pacedRate);
  const atTarget = targetRate === undefined ? {} : await tryTarget(run, targetRate);
  // Logs and databases that the other phases have filled would be part of the capacity.
  const fresh = { ...run, target: await run.renew() };
  await warmUp(fresh, 'v');
  const capacity = await measureCapacity(fresh);
  for (const phase of [paced, capacity]) {
    const noEffect = findNoEffect(run.arm, facts, phase);
    if (noEffect !== undefined) return { outcome: 'inconclusive', why: noEffect };
  }
  return { outcome: 'measured', facts, paced, ...atTarget, capacity };
}

/**
 * Measures an arm of the platform at the rate that the platform is to carry. That it cannot be measured there, since it has not
 * settled in time what it accepted, is a finding of its own, and no reason to have no other figures.
 *
 * @throws TurnSpoiled when orders were lost, doubled, …
 */
async function tryTarget(
  run: TurnRun,
  rate: number,
): Promise<{ readonly atTarget?: PacedFigures; readonly whyNotAtTarget?: string }> {
  if (run.arm.kind !== 'platform') return {};
  try {
    return { atTarget: await measurePaced(run, 't', rate) };
  } catch (error) {
    run.signal.throwIfAborted();
    if (!(error instanceof TurnSpoiled)) return { whyNotAtTarget: whyOf(error) };
    if (error.outcome.outcome !== 'inconclusive') throw error;
    return { whyNotAtTarget: error.outcome.why };
  }
}

/** @throws TurnSpoiled when the brokers are not what the arm says */
async function requireEffect({ arm, target }: TurnRun): Promise<BrokerFacts> {
  const facts = await readBrokerFacts(target);
  const noEffect = findNoEffect(arm, facts, undefined);
  if (noEffect !== undefined) throw new TurnSpoiled({ outcome: 'inconclusive', why: noEffect });
  return facts;
}

async function warmUp(run: TurnRun, letter: string): Promise<void> {
  const { inFlight, capacityRateMax: rate, warmUpSeconds: seconds } = run.settings;
  if (seconds === 0) return;
  await runAndMeasure(run, { runId: `${run.runId}-${letter}`, rate, seconds, inFlight });
}

async function measurePaced(run: TurnRun, letter: string, rate: number): Promise<PacedFigures> {
  const runId = `${run.runId}-${letter}`;
  const watch = await watchSettlement(run.target, runId);
  try {
    const measured = await runAndMeasure(run, { runId, rate, seconds: run.settings.pacedSeconds });
    const { goodput, settlement, dropped, figures } = measured;
    return {
      ...figures,
      rate,
      orders: goodput.accepted,
      unaccepted: goodput.unaccepted + dropped,
      acceptanceUs: goodput.fromIntendedUs,
      settlementP99Ms: await watch.finish(settlement.settled, run.signal),
    };
  } finally {
    await watch.close();
  }
}

async function measureCapacity(run: TurnRun): Promise<CapacityFigures & PhaseFigures> {
  const { inFlight, capacitySeconds: seconds, capacityRateMax: rate } = run.settings;
  const phase = { runId: `${run.runId}-c`, rate, seconds, inFlight };
  const { goodput, settlement, recorderCores, figures } = await runAndMeasure(run, phase);
  const { fromUs, toUs } = throughputWindow(seconds);
  return {
    ...figures,
    ordersPerSecond: goodput.acceptedPerSecond,
    settledPerSecond: settlement.within / ((toUs - fromUs) / 1e6),
    unaccepted: goodput.unaccepted,
    acceptanceUs: goodput.fromSendUs,
    recorderCores,
    isLowerBound: goodput.outstandingMean < inFlight * fullShare || recorderCores > recorderCoresMax,
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
async function runAndMeasure(run: TurnRun, phase: Phase) {
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
  const window = throughputWindow(phase.seconds);
  const goodput = await measureGoodput(history.batches(), window);
  const { accepted } = goodput;
  if (accepted === 0) throw new TurnSpoiled({ outcome: 'inconclusive', why: 'no order was accepted' });
  const settledWindow = {
    startedAtMs,
    fromMs: startedAtMs + window.fromUs / 1_000,
    toMs: startedAtMs + window.toUs / 1_000,
  };
  const settlement = await countSettled(target, phase.runId, settledWindow, signal);
  const machine = machineLoadOf(before, after, finished.cpuUs);
  return {
    ...{ goodput, settlement },
    dropped: finished.dropped,
    recorderCores: finished.cpuUs / 1_000 / (finished.endedAtMs - startedAtMs),
    figures: {
      bytesPerOrder: shareBytes(before.bytes, after.bytes, accepted),
      cpuUsPerOrder: {
        ...shareCpu(before.cpu, after.cpu, accepted),
        recorder: finished.cpuUs / accepted,
      },
      ordersPerMessage: accepted / Math.max(1, after.orderMessages - before.orderMessages),
      batchCalls: after.batchCalls - before.batchCalls,
      ...(machine === undefined ? {} : { machine }),
    },
  };
}

/** What the machine did meanwhile that is nobody's of ours: the platform's, the recorder's, or this process's. */
export function machineLoadOf(
  before: UsageReading,
  after: UsageReading,
  recorderCpuUs: number,
): MachineLoad | undefined {
  if (before.machine === undefined || after.machine === undefined) return undefined;
  const platformUs = Object.values(shareCpu(before.cpu, after.cpu, 1)).reduce((sum, us) => sum + us, 0);
  return loadBetween(before.machine, after.machine, {
    cpuUs: platformUs + recorderCpuUs + after.ownCpuUs - before.ownCpuUs,
    seconds: (after.atMs - before.atMs) / 1_000,
  });
}
