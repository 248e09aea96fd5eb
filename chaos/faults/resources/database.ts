import { join } from 'node:path';
import { type Target, TargetError } from '../../../targets/target.ts';
import { ordinalOf, serviceOf } from '../../core/instance-name.ts';

/** The files of the services that keep a SQLite database, in the directory of an instance. */
const files: Readonly<Record<string, string>> = {
  order: 'projection/projection.sqlite',
  psp: 'ledger.sqlite',
};

export const servicesWithDatabases = Object.keys(files);

/**
 * The database file of an instance, as this process sees it.
 * @throws TargetError `unsupported` where it has none, or keeps it where this process cannot reach it, as in a pod
 */
export async function databaseFile(target: Target, instance: string): Promise<string> {
  const file = files[serviceOf(instance)];
  const directory = await target.dataDirectory(instance);
  if (file === undefined || directory === undefined) {
    throw new TargetError(
      'unsupported',
      `the database of ${instance} cannot be locked from here; those of ${servicesWithDatabases.join(' and ')} can, on the local target`,
    );
  }
  return join(directory, file);
}

/** What a service tells of its database; the words of services/runtime/database-wait.ts. */
export type Waits = { readonly changes: number; readonly longWaits: number };

export async function readWaits(target: Target, instance: string): Promise<Waits> {
  const { orderAdmin, pspAdmin } = await target.addresses();
  const admins: Readonly<Record<string, readonly string[]>> = { order: orderAdmin, psp: pspAdmin };
  const url = `${admins[serviceOf(instance)]?.[ordinalOf(instance)]}/admin/database`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new TargetError('not-ready', `${url} answered ${response.status}`);
  return (await response.json()) as Waits;
}
