/**
 * The platform as real processes on loopback. One run directory holds everything: `state.json` (which process each
 * instance is, how it was started, its ports), `data/`, `logs/` and `config/`.
 *
 * Processes are started detached and outlive the program that started them, so that any later program can attach to
 * the run directory, disturb the platform or stop it. What runs is never remembered, always read: from the state file
 * and from /proc, where a process is known by its id and its start time together.
 */
export { problemsOfDisks } from './disks.ts';
export type { DownOptions, StopProgress } from './down.ts';
export { type LocalTargetOptions, toolsNeeded } from './options.ts';
export {
  attachLocalTarget,
  createLocalTarget,
  type LocalStatus,
  type LocalTarget,
  reapLocalTarget,
} from './target.ts';
export type { StartProgress, UpOptions } from './up.ts';
