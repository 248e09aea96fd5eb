import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import {
  decideVerdict,
  type HistorySource,
  type Journal,
  type LatencyReport,
  type LatencyWindow,
  type LedgerResult,
  measureLatency,
  type ReportCost,
  type ReportFault,
  type ReportPhase,
  type RunReport,
  whole,
} from '../../verdict/index.ts';
import { auditTarget, readStreamEnds } from './audit.ts';
import { awaitDrain } from './drain.ts';
import type { Experiment } from './experiment.ts';
import { toRunFacts } from './facts.ts';
import type { FaultKind } from './fault.ts';
import type { LoadGenerator, SentLoad } from './load.ts';
import { createNemesis, type FaultRecord } from './nemesis.ts';
import { createPhaseLog } from './phases.ts';
import { awaitSteadyState } from './steady.ts';
import { runSteps, type StepFailure } from './steps.ts';
import { createUsageMeter, type UsageMeter } from './usage.ts';

/** What a run is given; it reads no clock, environment or global beside this. */
export type RunOptions = {
  readonly experiment: Experiment;
  readonly target: Target;
  readonly kinds: Readonly<Record<string, FaultKind<never>>>;
  readonly generator: LoadGenerator;
  readonly journal: Journal;
  readonly runId: string;
  readonly seed: number;
  /** Where history and reports of the run go. */
  readonly directory: string;
  /** Aborted to end the run early: it still heals, drains and reports. */
  readonly signal: AbortSignal;
  readonly cores: number;
  readonly nowMs: () => number;
  /** A phase has begun. */
  readonly onPhase: (name: string) => void;
  /** What is going on within the phase. */
  readonly onStatus: (text: string) => void;
};

/** An interrupted run waits no longer than this for the platform to come to rest. */
const interruptedDrainMs = 20_000;
const usageIntervalMs = 2_000;

/**
 * Runs an experiment: steady state, load with the faults in it, heal, drain, audit, verdict.
 *
 * Whatever happens, faults are healed before it returns or throws. It throws only when the target cannot be reached at
 * all; everything that goes wrong in the run is in the report.
 */
export async function runExperiment(options: RunOptions): Promise<RunReport> {
  const { experiment, target, journal, signal, nowMs, onStatus } = options;
  const startedAtMs = nowMs();
  const loadAverageBefore = loadavg()[0] ?? 0;
  const phases = createPhaseLog({ journal, nowMs, onPhase: options.onPhase });
  const nemesis = createNemesis({ target, kinds: options.kinds, journal, nowMs });
  const usage = createUsageMeter(target, [
    'nats',
    ...target.topology.services.map((service) => service.name),
  ]);
  await journal.append({ type: 'run-started', runId: options.runId, facts: { experiment: experiment.name } });

  await phases.begin('steady state');
  const steady = await awaitSteadyState({
    target,
    runId: options.runId,
    timeoutMs: experiment.bounds.steadyMs,
    signal,
  });
  phases.remark(steady.isSteady ? steady.description : steady.reasons.join('; '));

  const starts = await readStreamEnds(target);
  let sent: SentLoad | undefined;
  let failures: readonly StepFailure[] = [];
  if (steady.isSteady && !signal.aborted) {
    await phases.begin('load');
    ({ sent, failures } = await loadAndBreak({ ...options, phases, nemesis, usage }));
  }

  const history = sent?.history;

  await phases.begin('drain');
  const drain = await awaitDrain({
    target,
    timeoutMs: signal.aborted ? interruptedDrainMs : experiment.bounds.drainMs,
    onProgress: (backlog) =>
      onStatus(`drain: ${backlog.pending} groups to deliver, ${backlog.ackPending} to acknowledge`),
  });
  phases.remark(drain.isDrained ? 'everything stored is settled and projected' : drain.left);
  await nemesis.verify(experiment.bounds.recoveryMs);

  await phases.begin('audit');
  let ledger: LedgerResult | undefined;
  if (history !== undefined) {
    ledger = await auditTarget({
      target,
      runId: options.runId,
      history,
      starts,
      drain: drain.isDrained ? whole : { kind: 'part', why: drain.left },
      onProgress: ({ step, done, total }) =>
        onStatus(`audit: ${step}, ${done}${total === undefined ? '' : ` of ${total}`}`),
    });
  }
  const facts = toRunFacts(
    {
      steady,
      manifest: history?.manifest,
      faults: nemesis.records(),
      plannedFaults: experiment.steps.flatMap((step) => step.faults.map(({ fault }) => fault)),
      failures,
      drain,
      ledger,
      interruptedBy: signal.aborted ? interrupter(signal) : undefined,
    },
    experiment.tolerance,
  );
  const decision = decideVerdict(facts);
  const phaseList = phases.end();
  await journal.append({ type: 'run-ended', verdict: decision.verdict });
  return {
    runId: options.runId,
    kind: experiment.name,
    target: target.name,
    topology: describeTopology(target),
    seed: options.seed,
    startedAtMs,
    endedAtMs: nowMs(),
    decision,
    phases: phaseList,
    faults: nemesis.records().map(toReportFault),
    load:
      sent === undefined
        ? undefined
        : {
            manifest: sent.history.manifest,
            latency: sent.latency ?? (await latencyOf(sent.history, phaseList)),
          },
    ledger,
    costs: costsOf(usage, history, ledger),
    machine: { cores: options.cores, loadAverageBefore, loadAverageAfter: loadavg()[0] ?? 0 },
    links: [{ title: 'history, journal and report', at: options.directory }],
  };
}

/** Sends the load and, in it, goes through the steps. Returns with everything healed. */
async function loadAndBreak(
  options: RunOptions & {
    readonly phases: ReturnType<typeof createPhaseLog>;
    readonly nemesis: ReturnType<typeof createNemesis>;
    readonly usage: UsageMeter;
  },
): Promise<{ sent: SentLoad; failures: readonly StepFailure[] }> {
  const { experiment, target, signal, nemesis, usage, nowMs } = options;
  const { order } = await target.addresses();
  await usage.sample();
  const loadStartedAtMs = nowMs();
  const loadEnded = new AbortController();
  const sending = options.generator
    .send({
      urls: order,
      runId: options.runId,
      plan: experiment.load,
      seed: options.seed,
      directory: options.directory,
      signal,
      onProgress: ({ text }) => options.onStatus(text),
    })
    .finally(() => loadEnded.abort());
  const sampling = sampleUntil(usage, loadEnded.signal);
  // Both ends are awaited below; until then a failure of one must not count as unhandled.
  sending.catch(() => {});
  try {
    const failures = await runSteps({
      steps: experiment.steps,
      loadStartedAtMs,
      loadMs: experiment.load.durationSeconds * 1_000,
      nemesis,
      phases: options.phases,
      bounds: experiment.bounds,
      nowMs,
      signal: AbortSignal.any([signal, loadEnded.signal]),
    });
    return { sent: await sending, failures };
  } finally {
    await nemesis.healAll('the run ends');
    await sending.catch(() => {});
    await sampling;
  }
}

async function sampleUntil(usage: UsageMeter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(usageIntervalMs, undefined, { signal }).catch(() => {
      // Aborted: one last sample.
    });
    await usage.sample().catch(() => {
      // An instance that is being killed has no figures; the next sample goes on.
    });
  }
}

function toReportFault(record: FaultRecord): ReportFault {
  return {
    name: record.fault,
    target: record.description,
    injectedAtMs: record.injectedAtMs,
    healedAtMs: record.healedAtMs,
    isProven: record.proof?.acted === true,
    proof: record.proof?.measurement ?? 'it was not proven',
    measurements: {},
  };
}

/** Percentiles over all and, where faults were injected, by the phase in which an order should have been sent. */
function latencyOf(history: HistorySource, phases: readonly ReportPhase[]): Promise<LatencyReport> {
  const { startedAtMs, finished } = history.manifest;
  const sending = phases.filter(
    (phase) => phase.endedAtMs > startedAtMs && phase.startedAtMs < (finished?.endedAtMs ?? Infinity),
  );
  const windows = sending.map(
    (phase): LatencyWindow => ({
      name: phase.name,
      fromUs: (phase.startedAtMs - startedAtMs) * 1_000,
      toUs: (phase.endedAtMs - startedAtMs) * 1_000,
    }),
  );
  return measureLatency(history.batches(), windows.length > 1 ? windows : []);
}

function costsOf(
  usage: UsageMeter,
  history: HistorySource | undefined,
  ledger: LedgerResult | undefined,
): readonly ReportCost[] {
  const orders = ledger?.counts.accepted ?? 0;
  if (orders === 0 || history === undefined) return [];
  const generator = history.manifest.finished?.cpuUs;
  return [
    ...[...usage.usedUs()].map(([process, us]) => ({ process, cpuUsPerOrder: us / orders })),
    ...(generator === undefined
      ? []
      : [{ process: history.manifest.client, cpuUsPerOrder: generator / orders }]),
  ];
}

function interrupter({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** One line of what runs, for reports. */
export function describeTopology({ topology }: Target): string {
  const services = topology.services.map((service) => `${service.replicas.local} ${service.name}`);
  return [`${topology.brokers.replicas} brokers (fsync ${topology.brokers.syncInterval})`, ...services].join(
    ', ',
  );
}
