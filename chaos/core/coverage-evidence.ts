import type { EdgeSpec } from '../../topology/index.ts';
import type { ReportFault, RunReport } from '../../verdict/index.ts';
import type { Scope } from './fault.ts';
import { serviceOf } from './instance-name.ts';

/**
 * What a run says about a fault at a place:
 * - `proven safe`: it acted, and the run passed.
 * - `violated`: it acted, and the run failed; in a run of several faults each of them is suspected.
 * - `inconclusive`: it was not proven to have acted, or the run proves nothing.
 */
export const outcomes = ['violated', 'inconclusive', 'proven safe'] as const;
export type Outcome = (typeof outcomes)[number];

/** What coverage needs of a report. */
export type CoverageRun = Pick<
  RunReport,
  'runId' | 'kind' | 'startedAtMs' | 'decision' | 'faults' | 'deviations'
>;

/** One run that broke a subject by a fault. */
export type Evidence = {
  readonly subject: string;
  readonly fault: string;
  readonly runId: string;
  readonly experiment: string;
  readonly startedAtMs: number;
  readonly outcome: Outcome;
};

/**
 * What runs have shown, newest first; behind them all, newest first as well, those that were inconclusive: a violation stands
 * until a run shows otherwise. Runs of a platform that was made wrong on purpose (a sabotage, brokers that fsync
 * late) say nothing about the one that is delivered. Pure.
 */
export function evidenceOf(
  runs: readonly CoverageRun[],
  edges: readonly (Pick<EdgeSpec, 'protocol'> & { readonly name: string })[],
  scopeOf: (fault: string) => Scope | undefined,
): readonly Evidence[] {
  return runs
    .filter(({ deviations = [] }) => deviations.length === 0)
    .toSorted((a, b) => b.startedAtMs - a.startedAtMs)
    .flatMap((run) =>
      run.faults.flatMap((fault) => {
        const scope = scopeOf(fault.name);
        // A kind that is no more has no column.
        if (scope === undefined) return [];
        return subjectsOf(fault, scope, edges).map((subject) => ({
          ...{ subject, fault: fault.name, outcome: outcomeOf(run, fault) },
          ...{ runId: run.runId, experiment: run.kind, startedAtMs: run.startedAtMs },
        }));
      }),
    )
    .toSorted((a, b) => Number(a.outcome === 'inconclusive') - Number(b.outcome === 'inconclusive'));
}

function outcomeOf({ decision }: CoverageRun, { isProven }: ReportFault): Outcome {
  if (!isProven) return 'inconclusive';
  if (decision.verdict === 'PASS') return 'proven safe';
  return decision.verdict === 'FAIL' ? 'violated' : 'inconclusive';
}

/** The edge, or the services of the instances, that the words of a report name; each once. */
function subjectsOf(
  { target }: ReportFault,
  scope: Scope,
  edges: Parameters<typeof evidenceOf>[1],
): readonly string[] {
  if (scope.kind === 'edge') {
    if (edges.some(({ name }) => name === target)) return [target];
    // A partition names a broker, and acts on the edges between them.
    return edges.filter(({ protocol }) => scope.protocols.includes(protocol)).map(({ name }) => name);
  }
  const instances = target.match(/\b[a-z]+(?:-[a-z]+)*-\d+\b/g) ?? [];
  if (instances.length > 0) return [...new Set(instances.map(serviceOf))];
  if (scope.services === 'any' || scope.services.includes(target)) return [target];
  // A stream or a consumer is named, which the one service of the kind has.
  return scope.services.slice(0, 1);
}
