/**
 * What the platform can do and what that costs, beside what others would do in its place.
 *
 * `arms.ts` is the table of what is measured: the baseline, the baseline with one thing changed, peers (`peers/`: the
 * original guide's design in plain TypeScript), and ceilings (the brokers alone). `stormproof bench` gives every arm its
 * turn in each round (schedule.ts), on a fresh platform; turn.ts measures one: phases of orders by the recorder (phase.ts),
 * audited by the ledger before they have figures, CPU and disk (usage.ts), throughput and latency (goodput.ts,
 * settlement.ts), what else the machine did (machine-load.ts), and whether the arm is what it says (proof.ts). What was found is plain data (results.ts), of which render/ makes the text for a terminal and
 * docs/performance.md. capacity-model.ts reckons from it what higher rates need, for docs/scaling-out.md.
 *
 * `recorder.ts` and `null-server.ts` beside them measure what the recorder itself costs.
 */
export { type Arm, type ArmName, armNames, armsOf, baselineName, quickArmNames } from './arms.ts';
export { describeArm } from './describe-arm.ts';
export { measureGoodput, throughputWindow } from './goodput.ts';
export { describeMachine } from './machine.ts';
export { isBusyElsewhere, type MachineLoad } from './machine-load.ts';
export { auditPhase, type PhaseRun, runPhase } from './phase.ts';
export { renderMarkdown } from './render/markdown.ts';
export { describeLoss, type LossExperiment, lossExperimentNames, lossExperiments } from './render/prices.ts';
export { busyTurns } from './render/report.ts';
export { renderScaling } from './render/scaling.ts';
export { renderBenchTerminal } from './render/terminal.ts';
export { awaitConsumerRest, type Rest, readPeerUnacknowledged } from './rest.ts';
export {
  type ArmDescription,
  type BenchResults,
  type BenchSettings,
  type LossResult,
  parseResults,
  ResultsError,
  renderResults,
  type TurnOutcome,
  type TurnResult,
  whyOf,
} from './results.ts';
export { interleave, type Turn } from './schedule.ts';
export { watchSettlement } from './settlement.ts';
export { machineLoadOf, measureTurn } from './turn.ts';
export { readUsage, shareBytes, shareCpu, type UsageReading } from './usage.ts';
