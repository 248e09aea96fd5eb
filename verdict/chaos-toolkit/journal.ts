import type { ReportFault, ReportRecovery, RunReport } from '../report/model.ts';
import type { Verdict } from '../verdicts.ts';
import type { Activity, ChaosToolkitJournal, Execution, HypothesisProbe, Status } from './model.ts';

/** The release whose readers accept the journal; they choose how to read it by this number. */
const chaosLibVersion = '1.44.0';

/**
 * The report as the journal of a Chaos Toolkit run, so that its reporting, and whatever else reads such journals, takes our
 * runs too. What their model has no word for stands under `extensions` of the experiment. Pure.
 *
 * Faults and the load are actions, proofs and recoveries probes, healing the rollbacks. The steady-state hypothesis has two
 * probes: the platform is steady (before), and every order is accounted for (after). Their `deviated` is our FAIL; a run that
 * could not show what it was to is `failed`, one that was ended early `interrupted`.
 *
 * @returns indented JSON that ends in a line feed
 */
export function renderChaosToolkit(report: RunReport): string {
  return `${JSON.stringify(toChaosToolkit(report), null, 2)}\n`;
}

export function toChaosToolkit(report: RunReport): ChaosToolkitJournal {
  const { decision, startedAtMs, endedAtMs } = report;
  const run = [...loadRun(report), ...report.faults.flatMap((fault) => faultRuns(report, fault))];
  const method = [...run, ...recoveryRuns(report)].sort((a, b) => (a.start < b.start ? -1 : 1));
  const rollbacks = report.faults.map((fault) => rollback(report, fault));
  return {
    'chaoslib-version': chaosLibVersion,
    platform: report.topology,
    node: report.target,
    experiment: {
      title: report.kind,
      description: report.hypothesis ?? 'every order is accounted for',
      tags: [report.kind, report.target, decision.verdict],
      'steady-state-hypothesis': {
        title: report.hypothesis ?? 'every order is accounted for',
        probes: [steadyProbe, auditProbe],
      },
      method: method.map(({ activity }) => activity),
      rollbacks: rollbacks.map(({ activity }) => activity),
      extensions: [extensionOf(report)],
    },
    start: iso(startedAtMs),
    end: iso(endedAtMs),
    duration: (endedAtMs - startedAtMs) / 1_000,
    status: statusOf(report),
    deviated: decision.verdict === 'FAIL',
    steady_states: {
      before: hypothesisState(report, steadyProbe, { code: 'steady-state', phase: 'steady state' }),
      after: hypothesisState(report, auditProbe, { code: undefined, phase: 'audit' }),
      during: [],
    },
    run: method,
    rollbacks,
  };
}

/** A reader that wants to run the experiment again finds how in each activity: `stormproof` as a program on PATH. */
function stormproof(type: Activity['type'], name: string, ...words: readonly string[]): Activity {
  return { type, name, provider: { type: 'process', path: 'stormproof', arguments: words } };
}

/** Their tolerance for a process is its exit code. */
const steadyProbe: HypothesisProbe = {
  ...stormproof('probe', 'the platform is steady', 'status'),
  tolerance: 0,
};
const auditProbe: HypothesisProbe = {
  ...stormproof('probe', 'every order is accounted for, as the experiment says', 'audit'),
  tolerance: 0,
};

const statuses: Readonly<Record<Verdict, Status>> = {
  PASS: 'completed',
  FAIL: 'completed',
  INCONCLUSIVE: 'failed',
  ABORTED: 'interrupted',
};

function statusOf({ decision: { verdict, reasons } }: RunReport): Status {
  return reasons.some(({ code }) => code === 'interrupted') ? 'interrupted' : statuses[verdict];
}

/**
 * @param asked.code of the reasons that speak against it; undefined: whatever speaks against the run
 * @param asked.phase in which it was asked
 */
function hypothesisState(
  { decision, phases, endedAtMs }: RunReport,
  probe: HypothesisProbe,
  asked: { readonly code: string | undefined; readonly phase: string },
): ChaosToolkitJournal['steady_states']['before'] {
  const phase = phases.find(({ name }) => name === asked.phase);
  const against = decision.reasons.filter(({ code }) => asked.code === undefined || code === asked.code);
  const isMet = against.length === 0;
  const problem = against.map(({ text }) => text).join('\n');
  const output = { status: isMet ? 0 : 1, stdout: phase?.remark ?? '', stderr: problem };
  const [startedAtMs, stoppedAtMs] = phase ? [phase.startedAtMs, phase.endedAtMs] : [endedAtMs, endedAtMs];
  // What could not be shown is, in their words, a probe that failed; what was shown to be broken only a bad answer of it.
  const isAnswered = isMet || against.some(({ verdict }) => verdict === 'FAIL');
  const span = { startedAtMs, endedAtMs: stoppedAtMs };
  const executed = execution(probe, span, output, isAnswered ? undefined : problem);
  return { steady_state_met: isMet, probes: [{ ...executed, activity: probe, tolerance_met: isMet }] };
}

function loadRun({ load, kind, endedAtMs }: RunReport): readonly Execution[] {
  if (load === undefined) return [];
  const { manifest, latency } = load;
  const { rate, durationSeconds, client, planned, startedAtMs, finished } = manifest;
  const activity = stormproof(
    'action',
    `send ${rate} orders/s for ${durationSeconds} s by ${client}`,
    ...['chaos', 'run', kind],
  );
  const span = { startedAtMs, endedAtMs: finished?.endedAtMs ?? endedAtMs };
  const output = { planned, ...finished, answers: latency.answers.byStatus, latency: latency.overall.final };
  return [
    execution(activity, span, output, finished === undefined ? 'the generator did not finish' : undefined),
  ];
}

function faultRuns(report: RunReport, fault: ReportFault): readonly Execution[] {
  const { name, target, injectedAtMs, healedAtMs = report.endedAtMs, isProven, proof, measurements } = fault;
  const span = { startedAtMs: injectedAtMs, endedAtMs: healedAtMs };
  const again = ['chaos', 'run', report.kind];
  return [
    execution(stormproof('action', `${name} on ${target}`, ...again), span, { measurements }),
    execution(
      stormproof('probe', `proof that ${name} on ${target} acted`, ...again),
      span,
      { proof },
      isProven ? undefined : proof,
    ),
  ];
}

function recoveryRuns({ recoveries = [], kind, endedAtMs }: RunReport): readonly Execution[] {
  return recoveries.map((recovery: ReportRecovery) => {
    const { step, healedAtMs = endedAtMs, recoveredAfterMs } = recovery;
    const span = {
      startedAtMs: healedAtMs,
      endedAtMs: recoveredAfterMs === undefined ? endedAtMs : healedAtMs + recoveredAfterMs,
    };
    const isInTime = recoveredAfterMs !== undefined && recoveredAfterMs <= recovery.recoverBoundMs;
    // Their executions have succeeded or failed; what the next step overtook says so in its output.
    const isFine = isInTime || recovery.isOvertaken === true;
    const problem = isFine ? undefined : `not as before within ${recovery.recoverBoundMs} ms`;
    return execution(
      stormproof('probe', `recovery from ${step}`, 'chaos', 'run', kind),
      span,
      recovery,
      problem,
    );
  });
}

function rollback({ endedAtMs }: RunReport, { name, target, healedAtMs }: ReportFault): Execution {
  const span = { startedAtMs: healedAtMs ?? endedAtMs, endedAtMs: healedAtMs ?? endedAtMs };
  const problem = healedAtMs === undefined ? 'it was never healed' : undefined;
  return execution(stormproof('action', `heal ${name} on ${target}`, 'chaos', 'heal'), span, null, problem);
}

/** @param problem why it failed; undefined when it succeeded */
function execution(
  activity: Activity,
  span: { readonly startedAtMs: number; readonly endedAtMs: number },
  output: unknown,
  problem?: string,
): Execution {
  return {
    activity,
    output,
    start: iso(span.startedAtMs),
    end: iso(span.endedAtMs),
    duration: (span.endedAtMs - span.startedAtMs) / 1_000,
    status: problem === undefined ? 'succeeded' : 'failed',
    ...(problem === undefined ? {} : { exception: [problem] }),
  };
}

function extensionOf(report: RunReport): ChaosToolkitJournal['experiment']['extensions'][number] {
  const { runId, decision, seed, phases, residue, ledger, costs, machine, links } = report;
  return { name: 'stormproof', runId, seed, decision, phases, residue, ledger, costs, machine, links };
}

const iso = (atMs: number) => new Date(atMs).toISOString();
