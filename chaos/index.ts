/**
 * Breaks the platform on purpose, and knows for certain what was broken, that it acted, and that it was undone.
 *
 * An experiment (`experiments/`) is data: a hypothesis, a load, steps of faults, what is tolerated, when it is aborted. The
 * runner (`core/run.ts`) takes it from steady state through the load, in which the nemesis (`core/nemesis.ts`, the only
 * part that breaks anything) journals, injects, proves and heals faults (`faults/`, one kind a file), to drain, audit and a
 * report. A process beside the runner (`deadman/`) heals what it held, should it die or hang. Chaos knows the place only
 * as a `Target` and the client only as a `LoadGenerator`; both are handed in. `sabotage/` holds services with one wrong
 * part, for runs whose audit must fail.
 */
export { type NewestAudit, observeAudits } from './audit/metrics.ts';
export { auditOnce, describeAudit } from './audit/round.ts';
export { reasonOf } from './core/attempt.ts';
export { auditTarget } from './core/audit.ts';
export { askBrokers, mayPass, withBrokers } from './core/brokers.ts';
export { type Coverage, type CoverageCell, coverageOf } from './core/coverage.ts';
export { type CoverageRun, type Outcome, outcomes } from './core/coverage-evidence.ts';
export { awaitDrain } from './core/drain.ts';
export {
  alertScaleOfExperiments,
  type Experiment,
  type ExperimentPlan,
  planExperiment,
} from './core/experiment.ts';
export { experimentFile, parseExperimentFile, renderExperimentFile } from './core/experiment-file.ts';
export { FaultError, type FaultRequest } from './core/fault.ts';
export { healEverything } from './core/heal-everything.ts';
export { healOpenFaults, journalFile } from './core/leftovers.ts';
export type { LoadGenerator, LoadProgress, LoadRun } from './core/load.ts';
export type { FaultRecord } from './core/nemesis.ts';
export { type Parameters, renderRange } from './core/parameters.ts';
export { refuseImpossible } from './core/refusals.ts';
export { describeTopology } from './core/report.ts';
export { runExperiment } from './core/run.ts';
export { type ShrinkResult, type ShrinkTry, shrinkExperiment } from './core/shrink.ts';
export { startDeadMan } from './deadman/start.ts';
export { needsDisks } from './experiments/disks.ts';
export { experimentNamed, experiments } from './experiments/index.ts';
export { load } from './experiments/load.ts';
export { randomOf } from './experiments/random.ts';
export { storm } from './experiments/storm.ts';
export { suites } from './experiments/suites.ts';
export { faultKinds, sweeps } from './faults/index.ts';
export { type Sabotage, sabotages } from './sabotage/index.ts';
