import { type DiskRef, type Target, TargetError } from '../../../targets/target.ts';
import { FaultError } from '../../core/fault.ts';

/** A fault of a disk, as tools/modules/faultfs/control.go names it, with what it says of each. */
export type DiskFaults = {
  readonly full: { readonly bytesLeft: number };
  readonly errors: { readonly operation: DiskOperation; readonly pathContains: string };
  readonly 'slow-fsync': { readonly delayMs: number };
};

export type DiskOperation = 'read' | 'write' | 'fsync';

/**
 * The disk of an instance.
 * @throws FaultError where it cannot be made to fail
 */
export async function requireDisk(target: Target, instance: string): Promise<DiskRef> {
  const disk = await target.disk(instance);
  if (disk === undefined) {
    throw new FaultError(
      `the disk of ${instance} cannot be made to fail; the brokers' can, on the local target, on Linux and as root, when the platform is started with disks that can (\`up --disks\`)`,
    );
  }
  return disk;
}

export async function breakDisk<F extends keyof DiskFaults>(
  disk: DiskRef,
  fault: F,
  how: DiskFaults[F],
): Promise<void> {
  await tell(disk, 'PUT', `/faults/${fault}`, how);
}

/** Safe to call when that fault never was. */
export async function mendDisk(disk: DiskRef, fault: keyof DiskFaults): Promise<void> {
  await tell(disk, 'DELETE', `/faults/${fault}`);
}

/**
 * Takes back what no fsync has covered. Whoever uses the disk must have ended.
 *
 * @param options.isTorn whether some of it stays all the same, as if it had been written back just before
 */
export async function cutPower(disk: DiskRef, options: { readonly isTorn: boolean }): Promise<void> {
  await tell(disk, 'POST', '/power-loss', options);
}

/** @param place.path relative to the disk's directory */
export async function flipBit(
  disk: DiskRef,
  place: { readonly path: string; readonly offset: number; readonly bit: number },
): Promise<void> {
  await tell(disk, 'POST', '/flip', place);
}

/** The names of the faults that a disk has now. */
export async function faultsOf(disk: DiskRef): Promise<readonly string[]> {
  const { faults } = (await (await tell(disk, 'GET', '/')).json()) as { readonly faults: object };
  return Object.keys(faults);
}

async function tell(
  { control }: DiskRef,
  method: 'GET' | 'PUT' | 'DELETE' | 'POST',
  path: string,
  body?: object,
): Promise<Response> {
  const response = await fetch(`${control}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // A slow disk first finishes what it is at.
    signal: AbortSignal.timeout(90_000),
  }).catch((cause: unknown) => {
    throw new TargetError('unreachable', `the disk at ${control} does not answer`, { cause });
  });
  if (!response.ok) throw new FaultError(`the disk at ${control} refused: ${(await response.text()).trim()}`);
  return response;
}
