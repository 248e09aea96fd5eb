import { dirname, join } from 'node:path';

/** The clone that this command line belongs to. */
export const repositoryRoot = dirname(import.meta.dirname);

/** Where the local target keeps ports, data, logs and the results of runs, unless `--dir` says otherwise. */
export const defaultStateDir = join(repositoryRoot, '.stormproof');
