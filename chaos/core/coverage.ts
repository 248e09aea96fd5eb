import { backendsOf, edgeName, type Topology } from '../../topology/index.ts';
import { type CoverageRun, type Evidence, evidenceOf } from './coverage-evidence.ts';
import { type ExperimentPlan, planExperiment } from './experiment.ts';
import type { FaultKind, FaultRequest, Scope } from './fault.ts';
import { serviceOf } from './instance-name.ts';

/** Which experiments break what a platform consists of, how, and what their runs have shown. */
export type Coverage = {
  /** The names of all kinds of faults, in the order of the cells. */
  readonly faults: readonly string[];
  readonly rows: readonly CoverageRow[];
};

export type CoverageRow = {
  /** An edge (`payment-psp`), a service or a backend. */
  readonly subject: string;
  readonly cells: readonly CoverageCell[];
};

export type CoverageCell = {
  /** Whether the fault can act on the subject at all. */
  readonly isApplicable: boolean;
  /** Names of the experiments, with their default parameters, that inject it there. */
  readonly experiments: readonly string[];
  /** Runs that did, in the order of {@link evidenceOf}: the first one says how it is now. */
  readonly runs: readonly Evidence[];
};

/**
 * Edges × faults and services × faults, from the topology, what each kind says it can act on, and the reports of runs. Pure.
 */
export function coverageOf(
  topology: Topology,
  kinds: Readonly<Record<string, Pick<FaultKind<never>, 'actsOn'>>>,
  plans: readonly ExperimentPlan[],
  runs: readonly CoverageRun[],
): Coverage {
  const injected = plans.flatMap((plan) =>
    planExperiment(plan).steps.flatMap((step) =>
      step.faults.map((request) => ({
        experiment: plan.name,
        fault: request.fault,
        subject: subjectOf(request, kinds[request.fault]?.actsOn),
      })),
    ),
  );
  const edges = topology.edges.map((edge) => ({ name: edgeName(edge), protocol: edge.protocol }));
  const evidence = evidenceOf(runs, edges, (fault) => kinds[fault]?.actsOn);
  const rowOf = (subject: string, isApplicable: (scope: Scope) => boolean): CoverageRow => ({
    subject,
    cells: Object.entries(kinds).map(([fault, { actsOn }]) => ({
      isApplicable: isApplicable(actsOn),
      experiments: [
        ...new Set(
          injected
            .filter((one) => one.fault === fault && one.subject === subject)
            .map(({ experiment }) => experiment),
        ),
      ],
      runs: evidence.filter((one) => one.fault === fault && one.subject === subject),
    })),
  });
  const services = [...backendsOf(topology), ...topology.services.map(({ name }) => name)];
  return {
    faults: Object.keys(kinds),
    rows: [
      ...edges.map(({ name, protocol }) =>
        rowOf(name, (scope) => scope.kind === 'edge' && scope.protocols.includes(protocol)),
      ),
      ...services.map((service) =>
        rowOf(
          service,
          (scope) =>
            scope.kind === 'service' && (scope.services === 'any' || scope.services.includes(service)),
        ),
      ),
    ],
  };
}

/** What a request acts on: an edge, or the service of its instances. Streams are led by brokers. */
function subjectOf({ request }: FaultRequest, scope: Scope | undefined): string {
  if ('edge' in request) return request.edge;
  if ('service' in request) return request.service;
  if ('broker' in request) return 'nats-nats';
  if ('instance' in request) {
    return typeof request.instance === 'string' ? serviceOf(request.instance) : 'nats';
  }
  // A kind that asks for no victim has only one to choose from.
  return scope?.kind === 'service' && scope.services !== 'any' ? (scope.services[0] ?? '') : '';
}
