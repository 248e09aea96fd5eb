import { loadavg } from 'node:os';
import { countDuplicates, decideVerdict, type RunReport, type StreamStarts } from '../../verdict/index.ts';
import { type Audited, auditLoad, awaitRest, sweepUp } from './aftermath.ts';
import { awaitAlerts, judgeAlerts, restlessAlerts } from './alerts.ts';
import { attempt, reasonOf } from './attempt.ts';
import { readStreamEnds } from './audit.ts';
import { defaultBlastRadius } from './blast-radius.ts';
import { startContinuousAudit } from './continuous-audit.ts';
import type { DeadMan } from './dead-man.ts';
import { toRunFacts } from './facts.ts';
import type { FaultError } from './fault.ts';
import { judgeRun } from './judge.ts';
import { type LoadOutcome, loadAndBreak } from './load-and-break.ts';
import { createNemesis } from './nemesis.ts';
import { createNotes } from './notes.ts';
import type { RunOptions } from './options.ts';
import { createPhaseLog } from './phases.ts';
import { costsOf, describeTopology, toReportFault, toReportLoad } from './report.ts';
import { startSampling } from './sampler.ts';
import { awaitSteadyState, type SteadyState } from './steady.ts';
import { createUsageMeter } from './usage.ts';

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
        unready: () => restlessAlerts(target, experiment),
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
  const auditing = await attempt(
    () => (experiment.alerts?.isAudited === true ? startContinuousAudit(target) : Promise.resolve(undefined)),
    () => undefined,
  );
  let load: LoadOutcome = { steps: [], failures: [] };
  const sampling = startSampling({ target, loadSeconds: experiment.load.durationSeconds, nowMs });
  if (steady.isSteady && !signal.aborted) {
    await phases.begin('load');
    load = await attempt<LoadOutcome>(
      () => loadAndBreak({ ...options, phases, nemesis, usage, abort }),
      (problem) => ({ problem, steps: [], failures: [] }),
    );
  }

  await phases.begin('drain');
  const drain = await awaitRest(options, nemesis);
  phases.remark(drain.isDrained ? 'everything stored is settled and projected' : drain.left);

  if (experiment.alerts !== undefined) await phases.begin('alerts');
  const heard = await awaitAlerts({ ...options, steps: load.steps });
  await auditing?.stop();
  await sampling.stop();
  const series = sampling.series();
  const swept = await sweepUp(options);

  await phases.begin('audit');
  const history = load.sent?.history;
  const audit = await attempt<Audited>(
    () => auditLoad(options, { history, starts, drain }),
    (problem) => ({ problem }),
  );
  if (audit.problem !== undefined) phases.remark(audit.problem);
  const judged = await judgeRun({
    ...{ experiment, history, series, steps: load.steps },
    storedOrders: audit.ledger?.counts.stored,
    machine: { cores: options.cores, loadAverageBefore },
  });
  const told = judgeAlerts(experiment, heard, judged.recoveries);
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
      judged: { ...judged, checks: [...judged.checks, ...told.checks] },
    },
    experiment.tolerance,
  );
  const decision = decideVerdict(facts);
  const phaseList = phases.end();
  await createNotes(journal).append({ type: 'run-ended', verdict: decision.verdict });
  return {
    runId: options.runId,
    kind: experiment.name,
    hypothesis: experiment.hypothesis,
    target: target.description,
    topology: describeTopology(target),
    ...(target.deviations === undefined || target.deviations.length === 0
      ? {}
      : { deviations: target.deviations }),
    seed: options.seed,
    startedAtMs,
    endedAtMs: nowMs(),
    decision,
    phases: phaseList,
    faults: nemesis.records().map(toReportFault),
    ...(experiment.steps.length === 0
      ? {}
      : {
          recoveries: judged.recoveries,
          ...(told.alerts.length === 0 ? {} : { alerts: told.alerts }),
          duplicates: countDuplicates(series, audit.ledger?.counts),
          residue: { looked: swept.looked, found: swept.wrong },
        }),
    series,
    load: await attempt<RunReport['load']>(
      () => toReportLoad(load.sent, phaseList, judged.load),
      // A history that cannot be read has no figures; the audit has said so.
      () => undefined,
    ),
    ledger: audit.ledger,
    costs: costsOf(usage, history, audit.ledger),
    machine: { cores: options.cores, loadAverageBefore, loadAverageAfter: loadavg()[0] ?? 0 },
    links: [{ title: 'history, journal, report.html and junit.xml', at: options.directory }],
  };
}
