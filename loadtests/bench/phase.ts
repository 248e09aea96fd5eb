import { join } from 'node:path';
import type { Target } from '../../targets/target.ts';
import { instanceName } from '../../topology/index.ts';
import { auditRun, type HistorySource, type LedgerResult, openHistory, whole } from '../../verdict/index.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { defaultLimits, type RecorderOptions } from '../recorder/run.ts';
import { spawnRecorder } from '../recorder/spawn.ts';
import type { Arm } from './arms.ts';
import { withBrokers } from './brokers.ts';
import type { Rest } from './rest.ts';
import type { ViolationCount } from './results.ts';

/** Orders sent in one go, under a run id of their own. */
export type Phase = {
  readonly runId: string;
  /** Orders per second; of a closed loop the most that it sends. */
  readonly rate: number;
  readonly seconds: number;
  /** Orders in flight: makes the phase a closed loop. Absent, orders are due whether or not earlier ones were answered. */
  readonly inFlight?: number;
};

export type PhaseRun = {
  readonly arm: Arm;
  readonly target: Target;
  readonly phase: Phase;
  /** Where the history goes. */
  readonly directory: string;
  /** Waits until the platform has come to rest. */
  readonly awaitRest: (target: Target, arm: Arm) => Promise<Rest>;
  readonly signal: AbortSignal;
  readonly onStatus: (text: string) => void;
};

/** A platform that is overloaded is given this long to answer; the recorder ends with its last order. */
const deadlineMs = 10_000;

/**
 * The limits that make a closed loop of the recorder's schedule, at a rate beyond any capacity: as one order is answered the
 * next that is due leaves, and orders that were due long before are dropped unsent. So what is in flight is always the
 * bound, throughput is what the platform accepts, and the loop ends when its time is over. Each has a connection of its own:
 * an order that waits behind another on one would be counted as in flight while the platform does not know of it.
 */
export function closedLoop(inFlight: number): NonNullable<RecorderOptions['limits']> {
  const connectionsMax = Math.max(inFlight, defaultLimits.connectionsMax);
  return { outstandingMax: inFlight, connectionsMax, lateMsMax: 1_000 };
}

/**
 * Sends the orders of a phase with the recorder and waits until they are settled.
 *
 * @throws the signal's reason when it was interrupted
 */
export async function runPhase(
  run: PhaseRun,
): Promise<{ readonly history: HistorySource; readonly rest: Rest }> {
  const { arm, target, phase, signal } = run;
  const { runId, rate, seconds, inFlight } = phase;
  const outDir = join(run.directory, runId);
  const { order } = await target.addresses();
  await spawnRecorder({
    ...{ urls: order, runId, rate, outDir, signal },
    clientId: workloadClientId,
    durationSeconds: seconds,
    seed: 1,
    retry: { deadlineMs },
    ...(inFlight === undefined ? {} : { limits: closedLoop(inFlight) }),
    onProgress: ({ elapsedSeconds, accepted, p99Ms }) =>
      run.onStatus(`${Math.round(elapsedSeconds)} s, ${accepted} accepted, p99 ${p99Ms.toFixed(1)} ms`),
  });
  signal.throwIfAborted();
  const rest = await run.awaitRest(target, arm);
  signal.throwIfAborted();
  return { history: await openHistory(outDir), rest };
}

/** What an audit says of a phase: nothing wrong, orders that were, or why it cannot tell. */
export type PhaseAudit = { readonly violations: readonly ViolationCount[]; readonly gap: string | undefined };

/** Audits every order of a phase, by the ledger of every other run. A peer has no projections to be asked. */
export async function auditPhase(run: PhaseRun, history: HistorySource, rest: Rest): Promise<PhaseAudit> {
  const { arm, target, phase, signal } = run;
  const { pspAdmin, orderAdmin } = await target.addresses();
  const [providerAdminUrl] = pspAdmin;
  const replicas = arm.kind === 'peer' ? [] : orderAdmin;
  const ledger = await withBrokers(target, (connection) =>
    auditRun({
      runId: phase.runId,
      history,
      connection,
      ...(providerAdminUrl === undefined ? {} : { providerAdminUrl }),
      orderAdminUrls: Object.fromEntries(replicas.map((url, at) => [instanceName('order', at), url])),
      drain: rest.isDrained ? whole : { kind: 'part', why: rest.left },
      signal,
      onProgress: ({ step, done }) => run.onStatus(`audit: ${step}, ${done}`),
    }),
  );
  return judgeLedger(ledger, { hasProjections: replicas.length > 0 });
}

/** Pure. A source that an arm does not have is no gap of its audit. */
export function judgeLedger(
  { findings, gaps }: Pick<LedgerResult, 'findings' | 'gaps'>,
  { hasProjections }: { readonly hasProjections: boolean },
): PhaseAudit {
  const counted = gaps.filter((gap) => hasProjections || !gap.startsWith('projections: '));
  return {
    violations: findings
      .filter(({ isExpected }) => !isExpected)
      .map(({ invariant, count }) => ({ invariant, count })),
    gap: counted.length === 0 ? undefined : counted.join('; '),
  };
}
