import type {
  Condition,
  InvariantName,
  LedgerResult,
  LoadFact,
  RunFacts,
  RunManifest,
} from '../../verdict/index.ts';
import type { Tolerance } from './experiment.ts';
import type { Judged } from './judge.ts';
import type { FaultRecord } from './nemesis.ts';
import type { SteadyState } from './steady.ts';
import type { StepFailure } from './steps.ts';
import type { Swept } from './sweep.ts';

/** What a run came to know, before anybody judges it. */
export type Observed = {
  readonly steady: SteadyState;
  /** Undefined when the load was never started. */
  readonly manifest: RunManifest | undefined;
  /** What the generator said about its early end. */
  readonly generatorProblem: string | undefined;
  readonly faults: readonly FaultRecord[];
  /** The kinds of all faults of the experiment, in order; fewer are injected when a step fails or the run ends. */
  readonly plannedFaults: readonly string[];
  readonly failures: readonly StepFailure[];
  /** What was looked at in the end, of the whole platform. */
  readonly swept: Swept;
  readonly drain: { readonly isDrained: boolean; readonly left: string } | undefined;
  readonly ledger: LedgerResult | undefined;
  /** Why there is no ledger. */
  readonly auditProblem: string | undefined;
  readonly interruptedBy: string | undefined;
  readonly judged: Judged;
};

/** Turns what was observed into the conditions that a verdict rests on. Pure. */
export function toRunFacts(observed: Observed, tolerance: Tolerance): RunFacts {
  const { steady, manifest, drain, ledger } = observed;
  return {
    ledger,
    ...(observed.auditProblem === undefined ? {} : { unaudited: observed.auditProblem }),
    steadyState: steady.isSteady ? observed.judged.calmBefore : notMet(steady.reasons.join('; ')),
    faults: faultFacts(observed),
    load: loadFact(manifest),
    generator: generatorFact(observed),
    drain: drain === undefined ? unknown('nobody waited for it') : drain.isDrained ? met : notMet(drain.left),
    rollback: rollbackFact(observed),
    interruptedBy: observed.interruptedBy,
    slos: [
      { name: 'every order is accepted within its retries', check: acceptance(observed, tolerance) },
      ...tolerance.expected.map((invariant) => ({
        name: `the audit finds ${invariant}`,
        check: expectedFinding(observed, invariant),
        isOfFaults: true,
      })),
      ...observed.judged.promises,
      ...observed.judged.checks.map((check) => ({ ...check, isOfFaults: true })),
    ],
  };
}

const met: Condition = { status: 'met' };
const notMet = (detail: string): Condition => ({ status: 'not-met', detail });
const unknown = (detail: string): Condition => ({ status: 'unknown', detail });

function loadFact(manifest: RunManifest | undefined): LoadFact {
  // What was never started has sent nothing.
  if (manifest === undefined) return { planned: 0, attempted: 0, dropped: 0 };
  const { planned, finished, client } = manifest;
  return {
    ...{ planned, attempted: finished?.attempted, dropped: finished?.dropped ?? 0 },
    // A platform that is slow leaves k6 without virtual users: what it drops would have waited longest.
    ...(client === 'k6' ? { droppedMax: 0 } : {}),
  };
}

function generatorFact({ manifest, generatorProblem }: Observed): Condition {
  if (generatorProblem !== undefined) return notMet(generatorProblem);
  if (manifest === undefined) return unknown('it was never started');
  return manifest.finished === undefined
    ? notMet(`the ${manifest.client} died before it had written everything`)
    : met;
}

function faultFacts(observed: Observed): RunFacts['faults'] {
  const { faults, failures, plannedFaults } = observed;
  const injected = faults.map(({ description, proof }) => ({
    name: description,
    proof: proof === undefined ? unknown('it was not proven') : proof.acted ? met : notMet(proof.measurement),
  }));
  // What failed on its way in is told by its failure.
  const missing = failures.length > 0 ? [] : plannedFaults.slice(faults.length);
  return [
    ...injected,
    ...failures.map(({ step, reason }) => ({ name: step, proof: notMet(reason) })),
    ...missing.map((name) => ({ name, proof: unknown(whyNeverInjected(observed)) })),
  ];
}

function whyNeverInjected({ interruptedBy, generatorProblem }: Observed): string {
  if (interruptedBy !== undefined) return 'the run was ended before its time came';
  const what = 'the load ended before its time came';
  return generatorProblem === undefined ? `${what}; a longer one (--for) leaves time for it` : what;
}

function rollbackFact({ faults, swept }: Observed): Condition {
  const left = faults.flatMap(({ description, residue, healedAtMs, healProblem }) =>
    healedAtMs === undefined
      ? [`${description} was not healed${healProblem === undefined ? '' : `: ${healProblem}`}`]
      : residue === undefined
        ? [`nobody looked whether ${description} is undone`]
        : residue,
  );
  // A victim's residue is found by the sweep as well, in the same words.
  left.push(...swept.wrong.filter((wrong) => !left.includes(wrong)));
  return left.length === 0 ? met : notMet(left.join('; '));
}

function acceptance({ manifest, ledger }: Observed, tolerance: Tolerance): Condition {
  if (ledger === undefined || manifest?.finished === undefined) return unknown('there is no audited history');
  const unaccepted = manifest.finished.attempted - ledger.counts.accepted;
  return unaccepted <= tolerance.unacceptedMax
    ? met
    : notMet(`${unaccepted} of ${manifest.finished.attempted} orders were never accepted`);
}

/** What a fault does to orders on purpose must be seen: an audit that overlooks it is worth nothing. */
function expectedFinding({ ledger }: Observed, invariant: InvariantName): Condition {
  if (ledger === undefined) return unknown('there is no audit');
  const isFound = ledger.findings.some((finding) => finding.invariant === invariant);
  return isFound ? met : notMet('it holds for every order, though the faults were to break it');
}
