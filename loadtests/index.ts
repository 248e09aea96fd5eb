/**
 * Load that a platform gets from outside: two clients that send the orders of `verdict/workload.ts` when they are due,
 * whether or not the platform keeps up, and repeat what fails with the same key.
 *
 * - `shapes/` says how the rate goes, as data: Black Friday, a spike, steps up to the breakpoint; and when each order is due.
 * - `recorder/` records every order: each send, each answer, times from the intended send. It is the history that
 *   the ledger trusts, cheap enough to run beside the platform; as a process of its own by `spawnRecorder`.
 * - `k6/` has k6 send the same load, one order or many in a request, run by `runK6`; `readK6History` shows what it logged
 *   as the records that the recorder would have written.
 * - `fleet/` has several recorders share the orders of one run, on this machine or in pods, and merges their histories into one.
 * - `proofs/` says what the platform must show on a busy day, and judges what was seen.
 * - `bench/` measures what the recorder itself costs.
 *
 * A run leaves one directory: `run.json` (without `finished` when the generator died) and its history. Every order
 * planned is sent or counted as dropped.
 */

export { conductFleet, type Member } from './fleet/conduct.ts';
export { openSharedHistory } from './fleet/history.ts';
export { spawnAgents } from './fleet/spawn.ts';
export { type Calibration, calibrateK6, findDeliverable } from './k6/calibrate.ts';
export { readK6History } from './k6/history.ts';
export { k6MemoryProblem } from './k6/memory.ts';
export { archiveLoad, operatorManifests } from './k6/operator.ts';
export { constantShape } from './k6/plan.ts';
export { runK6 } from './k6/run.ts';
export type { RecorderProgress } from './recorder/progress.ts';
export { RecorderDiedError, spawnRecorder } from './recorder/spawn.ts';
export { scaleShape, shapeNamed, shapes } from './shapes/shapes.ts';
