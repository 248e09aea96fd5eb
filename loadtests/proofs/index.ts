/**
 * What the platform must show on a busy day (issue 6, "What it must show"), a line each: how much load (lines.ts, at full size and
 * scaled down), and pure judges of what was seen, each tested on what must pass and on what must not: `steady.ts`, `faults.ts`,
 * `overload.ts`, `soak.ts`, `capacity.ts`, `audit.ts`; `run.ts` judges what every run has in common, `memory.ts` memory. checks.ts
 * weighs them: what becomes of orders never depends on how fast a machine is, and what does is excused where others used it.
 *
 * The few impure parts look: `memory-watch.ts` at processes of a target, `measured-process.ts` at a program that it runs.
 * `stormproof proof` (cli/proof.ts) brings platform, load and judges together.
 */
export { judgeAudit } from './audit.ts';
export { capacityArms, excuseOfBench, judgeCapacity } from './capacity.ts';
export { type Circumstances, checksAt, decideProof, type ProofCheck } from './checks.ts';
export { faultWindow, judgePromisesAfter, judgeRefusals } from './faults.ts';
export * from './lines.ts';
export { runMeasured } from './measured-process.ts';
export { judgeGrowth, type MemorySeries } from './memory.ts';
export { watchMemory } from './memory-watch.ts';
export { judgeAftermath, judgeOverload, measureOverload } from './overload.ts';
export { excuseOf, judgeLedger, judgeRun } from './run.ts';
export { judgeDisk, judgeLag, judgeRebuild } from './soak.ts';
export { judgeSteady } from './steady.ts';
