import { join } from 'node:path';

/** Where things are in a run directory. */
export type Layout = {
  readonly runDir: string;
  /** Excludes a second `up` or `down`. */
  readonly runLock: string;
  readonly stateFile: string;
  /** Excludes a second change of the state. */
  readonly stateLock: string;
  readonly data: (instance: string) => string;
  readonly logsDir: string;
  readonly log: (instance: string) => string;
  readonly config: (file: string) => string;
};

export function layoutOf(runDir: string): Layout {
  return {
    runDir,
    runLock: join(runDir, 'run.lock'),
    stateFile: join(runDir, 'state.json'),
    stateLock: join(runDir, 'state.lock'),
    data: (instance) => join(runDir, 'data', instance),
    logsDir: join(runDir, 'logs'),
    log: (instance) => join(runDir, 'logs', `${instance}.log`),
    config: (file) => join(runDir, 'config', file),
  };
}
