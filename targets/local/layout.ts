import { join } from 'node:path';

/** Where things are in a run directory. */
export type Layout = {
  readonly runDir: string;
  /** Excludes a second `up` or `down`. */
  readonly runLock: string;
  /** Says who holds {@link runLock}, for the other's error message. */
  readonly runLockHolder: string;
  readonly stateFile: string;
  /** Excludes a second change of the state. */
  readonly stateLock: string;
  readonly data: (instance: string) => string;
  readonly log: (instance: string) => string;
  readonly config: (file: string) => string;
};

export function layoutOf(runDir: string): Layout {
  return {
    runDir,
    runLock: join(runDir, 'run.lock'),
    runLockHolder: join(runDir, 'run.lock.pid'),
    stateFile: join(runDir, 'state.json'),
    stateLock: join(runDir, 'state.lock'),
    data: (instance) => join(runDir, 'data', instance),
    log: (instance) => join(runDir, 'logs', `${instance}.log`),
    config: (file) => join(runDir, 'config', file),
  };
}
