import { cpuSqueeze } from './cpu-squeeze.ts';
import { databaseContention } from './database-contention.ts';

/** What may be short: time on a processor, and the attention of a database. */
export const resourceFaults = {
  'cpu-squeeze': cpuSqueeze,
  'database-contention': databaseContention,
};
