import type { Target } from '../../../targets/target.ts';
import type { FaultKind, InstanceChoice, Victim } from '../../core/fault.ts';
import { chooseInstance, findInstance, instanceResidue, renderChosen } from '../process/instance.ts';
import { breakDisk, type DiskFaults, faultsOf, mendDisk, requireDisk } from './disk.ts';
import { type DiskProbe, probeDisk, renderDiskProbe } from './probe.ts';

const stopGraceMs = 5_000;

/** What tells the kinds of faults apart that a disk has while its instance goes on. */
type DiskKind<Request, F extends keyof DiskFaults> = Pick<FaultKind<Request>, 'name' | 'parameters'> & {
  readonly fault: F;
  /**
   * Whether a broker may give up because of it: nats-server that could not write a file is no part of its streams, or has
   * no JetStream at all, until it is restarted.
   */
  readonly isFatal: boolean;
  /** What the victim keeps of a request; the instance and its role are added. */
  details(request: Required<Request>): Victim;
  /** `no space left`. */
  describe(victim: Victim): string;
  how(victim: Victim): DiskFaults[F];
  /** A part of the paths that the fault is limited to; empty when it is not. */
  pathContains?(victim: Victim): string;
  /** Whether these probes, before the injection and while it holds, show that it acted. */
  hasActed(before: DiskProbe, during: DiskProbe, victim: Victim): boolean;
};

/**
 * A kind of fault of a broker's disk. Proven by a file of its own on that disk, which is written, synced and read by the way
 * that the broker's files go.
 *
 * Healing mends the disk, and restarts a broker that has given up, as its operator would.
 */
export function createDiskKind<
  Request extends { readonly instance: InstanceChoice },
  F extends keyof DiskFaults,
>(own: DiskKind<Request, F>): FaultKind<Request> {
  const probe = async (target: Target, victim: Victim) =>
    probeDisk((await requireDisk(target, String(victim.instance))).directory, own.pathContains?.(victim));
  return {
    name: own.name,
    parameters: own.parameters,
    actsOn: { kind: 'service', services: ['nats'] },

    async resolve(target, request) {
      const chosen = await chooseInstance(target, request.instance);
      await requireDisk(target, chosen.instance);
      return { ...chosen, ...own.details(request) };
    },

    describe: (victim) => `${own.describe(victim)} on the disk of ${renderChosen(victim)}`,
    subject: (victim) => `disk of ${renderChosen(victim)}`,
    disables: ({ instance }) => (own.isFatal ? [String(instance)] : []),

    async observe(target, victim) {
      const before = await probe(target, victim);
      return {
        async prove() {
          const during = await probe(target, victim);
          return {
            acted: own.hasActed(before, during, victim),
            measurement: `disk of ${victim.instance}: ${renderDiskProbe(during)} (before: ${renderDiskProbe(before)})`,
          };
        },
      };
    },

    async inject(target, victim) {
      await breakDisk(await requireDisk(target, String(victim.instance)), own.fault, own.how(victim));
    },

    async heal(target, victim) {
      const disk = await target.disk(String(victim.instance));
      // A platform that was started anew without such disks has nothing to mend.
      if (disk !== undefined) await mendDisk(disk, own.fault);
      const { name, state, isReady } = await findInstance(target, victim);
      if (own.isFatal && state === 'running' && !isReady) await target.terminate(name, stopGraceMs);
      if (own.isFatal && !isReady) await target.start(name);
    },

    async residue(target, victim) {
      const disk = await target.disk(String(victim.instance));
      const left = disk === undefined ? [] : await faultsOf(disk);
      return [
        ...left.map((fault) => `the disk of ${victim.instance} still has ${fault}`),
        ...instanceResidue(await findInstance(target, victim)),
      ];
    },
  };
}
