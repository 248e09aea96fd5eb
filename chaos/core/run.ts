import { loadavg } from 'node:os';
import {
  decideVerdict,
  type HistorySource,
  type LedgerResult,
  type RunReport,
  type StreamStarts,
  whole,
} from '../../verdict/index.ts';
import { attempt, reasonOf } from './attempt.ts';
import { auditTarget, readStreamEnds } from './audit.ts';
import { defaultBlastRadius } from './blast-radius.ts';
import type { DeadMan } from './dead-man.ts';
import { awaitDrain } from './drain.ts';
import { toRunFacts } from './facts.ts';
import type { FaultError } from './fault.ts';
import { type LoadOutcome, loadAndBreak } from './load-and-break.ts';
import { createNemesis, type Nemesis } from './nemesis.ts';
import { createNotes } from './notes.ts';
import type { RunOptions } from './options.ts';
import { createPhaseLog } from './phases.ts';
import { costsOf, describeTopology, toReportFault, toReportLoad } from './report.ts';
import { awaitSteadyState, type SteadyState } from './steady.ts';
import { lookUntilClean, type Swept } from './sweep.ts';
import { createUsageMeter } from './usage.ts';

/** How long an interrupted run waits for healed victims, and then for the platform to come to rest. */
const interruptedWaitMs = 20_000;

/**
 * Runs an experiment: steady state, load with the faults in it, heal, drain, audit, verdict.
 *
 * Whatever happens, what was injected is healed, and what went wrong (a target that does not answer, a generator that
 * dies, a journal on a full disk) is in the report. While it runs, its dead-man stands by.
 *
 * @throws when not even the beginning can be journaled, or there is no dead-man; nothing was done then
 */
export async function runExperiment(options: RunOptions): Promise<RunReport> {
  const { experiment, journal, runId, target } = options;
  const facts = { experiment: experiment.name, target: target.ref };
  await journal.append({ type: 'run-started', runId, facts });
  if (experiment.steps.length === 0) return conduct(options, undefined);
  const deadMan = await options.startDeadMan();
  try {
    await createNotes(journal).append({
      type: 'note',
      text: `dead-man: process ${deadMan.pid} heals what nobody vouches for within ${deadMan.leaseMs} ms`,
    });
    return await conduct(options, deadMan);
  } finally {
    await deadMan.close();
  }
}

async function conduct(given: RunOptions, deadMan: DeadMan | undefined): Promise<RunReport> {
  const ending = new AbortController();
  const signal = AbortSignal.any([
    given.signal,
    ending.signal,
    ...(deadMan === undefined ? [] : [deadMan.intervened]),
  ]);
  const options: RunOptions = { ...given, signal };
  const abort = (reason: FaultError) => {
    void createNotes(given.journal).append({ type: 'note', text: reason.message });
    ending.abort(reason);
  };
  const { experiment, target, journal, nowMs } = options;
  const startedAtMs = nowMs();
  const loadAverageBefore = loadavg()[0] ?? 0;
  const phases = createPhaseLog({ journal, nowMs, onPhase: options.onPhase });
  const nemesis = createNemesis({
    ...{ target, kinds: options.kinds, journal, deadMan, nowMs },
    blastRadius: { ...defaultBlastRadius(target.topology), ...experiment.blastRadius },
  });
  options.onFaults(nemesis.records);
  const usage = createUsageMeter(target, [
    'nats',
    ...target.topology.services.map((service) => service.name),
  ]);

  await phases.begin('steady state');
  const steady = await attempt<SteadyState>(
    () =>
      awaitSteadyState({
        target,
        runId: options.runId,
        timeoutMs: experiment.bounds.steadyMs,
        signal,
      }),
    (reason) => ({ isSteady: false, reasons: [reason] }),
  );
  phases.remark(steady.isSteady ? steady.description : steady.reasons.join('; '));

  // Without the ends the audit reads the streams from their beginning.
  const starts = await attempt<StreamStarts>(
    () => readStreamEnds(target),
    () => ({}),
  );
  let load: LoadOutcome = { failures: [] };
  if (steady.isSteady && !signal.aborted) {
    await phases.begin('load');
    load = await attempt<LoadOutcome>(
      () => loadAndBreak({ ...options, phases, nemesis, usage, abort }),
      (problem) => ({ problem, failures: [] }),
    );
  }

  await phases.begin('drain');
  const drain = await awaitRest(options, nemesis);
  phases.remark(drain.isDrained ? 'everything stored is settled and projected' : drain.left);

  const swept = await sweepUp(options);

  await phases.begin('audit');
  const history = load.sent?.history;
  const audit = await attempt<Audited>(
    () => auditLoad(options, { history, starts, drain }),
    (problem) => ({ problem }),
  );
  if (audit.problem !== undefined) phases.remark(audit.problem);
  const facts = toRunFacts(
    {
      steady,
      manifest: history?.manifest,
      generatorProblem: load.problem ?? load.sent?.problem,
      faults: nemesis.records(),
      plannedFaults: experiment.steps.flatMap((step) => step.faults.map(({ fault }) => fault)),
      failures: load.failures,
      swept,
      drain,
      ledger: audit.ledger,
      auditProblem: audit.problem,
      interruptedBy: signal.aborted ? reasonOf(signal.reason) : undefined,
    },
    experiment.tolerance,
  );
  const decision = decideVerdict(facts);
  const phaseList = phases.end();
  await createNotes(journal).append({ type: 'run-ended', verdict: decision.verdict });
  return {
    runId: options.runId,
    kind: experiment.name,
    target: target.description,
    topology: describeTopology(target),
    seed: options.seed,
    startedAtMs,
    endedAtMs: nowMs(),
    decision,
    phases: phaseList,
    faults: nemesis.records().map(toReportFault),
    ...(experiment.steps.length === 0 ? {} : { residue: { looked: swept.looked, found: swept.wrong } }),
    load: await attempt<RunReport['load']>(
      () => toReportLoad(load.sent, phaseList),
      // A history that cannot be read has no figures; the audit has said so.
      () => undefined,
    ),
    ledger: audit.ledger,
    costs: costsOf(usage, history, audit.ledger),
    machine: { cores: options.cores, loadAverageBefore, loadAverageAfter: loadavg()[0] ?? 0 },
    links: [{ title: 'history, journal, report.html and junit.xml', at: options.directory }],
  };
}

/**
 * Heals what still holds, then waits until everything stored is settled and projected and victims are ready again. An
 * interrupted run waits only a little.
 */
async function awaitRest(
  { experiment, target, signal, onStatus }: RunOptions,
  nemesis: Nemesis,
): Promise<Rest> {
  await nemesis.healAll('the run ends').catch(() => {
    // The records say what could not be healed and why.
  });
  const wait = (timeoutMs: number, ending?: AbortSignal) =>
    attempt(
      () =>
        awaitDrain({
          target,
          timeoutMs,
          ...(ending === undefined ? {} : { signal: ending }),
          onProgress: (backlog) =>
            onStatus(`drain: ${backlog.pending} groups to deliver, ${backlog.ackPending} to acknowledge`),
        }),
      (left) => ({ isDrained: false, left }),
    );
  const { drainMs, recoveryMs } = experiment.bounds;
  let rest = await wait(drainMs, signal);
  if (!rest.isDrained && signal.aborted) rest = await wait(interruptedWaitMs);
  await nemesis.verify(recoveryMs, signal);
  if (signal.aborted) await nemesis.verify(interruptedWaitMs);
  return rest;
}

type Rest = { readonly isDrained: boolean; readonly left: string };

/** Looks at the whole platform, not only at the victims: whether it is as it was. A run that broke nothing needs it not. */
async function sweepUp({ experiment, target, sweeps, signal }: RunOptions): Promise<Swept> {
  if (experiment.steps.length === 0) return { looked: [], wrong: [] };
  const timeoutMs = signal.aborted ? interruptedWaitMs : experiment.bounds.recoveryMs;
  return lookUntilClean(target, sweeps, { timeoutMs });
}

/** Audits what was sent. */
async function auditLoad(
  { experiment, target, runId, onStatus }: RunOptions,
  {
    history,
    starts,
    drain,
  }: {
    readonly history: HistorySource | undefined;
    readonly starts: StreamStarts;
    readonly drain: Rest;
  },
): Promise<Audited> {
  if (history === undefined) return { problem: 'there is no history of what was sent' };
  const ledger = await auditTarget({
    target,
    runId,
    history,
    starts,
    drain: drain.isDrained ? whole : { kind: 'part', why: drain.left },
    expected: experiment.tolerance.expected,
    onProgress: ({ step, done, total }) =>
      onStatus(`audit: ${step}, ${done}${total === undefined ? '' : ` of ${total}`}`),
  });
  return { ledger };
}

/** The ledger, or why there is none. */
type Audited = { readonly ledger?: LedgerResult; readonly problem?: string };
