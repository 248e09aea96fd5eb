import { join } from 'node:path';
import type { TlsFiles } from '../../topology/derive/index.ts';

/** Where things are in a run directory. */
export type Layout = {
  readonly runDir: string;
  /** Excludes a second `up` or `down`. */
  readonly runLock: string;
  readonly stateFile: string;
  /** Excludes a second change of the state. */
  readonly stateLock: string;
  readonly data: (instance: string) => string;
  /** Where a broker sees its data, when it lies on a disk that can fail. */
  readonly disk: (instance: string) => string;
  /** What such a disk may have to take back. */
  readonly diskSpool: (instance: string) => string;
  readonly logsDir: string;
  readonly log: (instance: string) => string;
  readonly config: (file: string) => string;
  readonly keys: KeyFiles;
};

/** Where a run directory keeps what lets its programs in: readable by nobody else. */
export type KeyFiles = {
  readonly directory: string;
  /** The seed that a user is let in by. */
  readonly seed: (user: string) => string;
  readonly publicKeys: string;
  readonly tlsDirectory: string;
  /** The certificate of a user, or of the brokers. */
  readonly tls: (name: string) => TlsFiles;
  readonly routePassword: string;
  /** Who may use the order API, and the key of a client. */
  readonly clientsFile: string;
  readonly clientKey: (client: string) => string;
};

export function layoutOf(runDir: string): Layout {
  return {
    runDir,
    runLock: join(runDir, 'run.lock'),
    stateFile: join(runDir, 'state.json'),
    stateLock: join(runDir, 'state.lock'),
    data: (instance) => join(runDir, 'data', instance),
    disk: (instance) => join(runDir, 'disks', instance),
    diskSpool: (instance) => join(runDir, 'disks', `${instance}.spool`),
    logsDir: join(runDir, 'logs'),
    log: (instance) => join(runDir, 'logs', `${instance}.log`),
    config: (file) => join(runDir, 'config', file),
    keys: {
      directory: join(runDir, 'keys'),
      seed: (user) => join(runDir, 'keys', `${user}.nk`),
      tlsDirectory: join(runDir, 'keys', 'tls'),
      tls: (name) => ({
        certFile: join(runDir, 'keys', 'tls', `${name}.crt`),
        keyFile: join(runDir, 'keys', 'tls', `${name}.key`),
        caFile: join(runDir, 'keys', 'tls', 'ca.crt'),
      }),
      publicKeys: join(runDir, 'keys', 'public.json'),
      routePassword: join(runDir, 'keys', 'route.password'),
      clientsFile: join(runDir, 'keys', 'clients.json'),
      clientKey: (client) => join(runDir, 'keys', `client-${client}.key`),
    },
  };
}
