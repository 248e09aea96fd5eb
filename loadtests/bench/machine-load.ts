import { readFile } from 'node:fs/promises';

/** CPU time of the whole machine since it started, in seconds of one core, summed over its cores. */
export type MachineReading = { readonly busySeconds: number; readonly stolenSeconds: number };

/** What the machine did while something was measured, in cores. */
export type MachineLoad = {
  /**
   * Busy, and not with processes that were started for the measurement: other programs, and the kernel's own threads, which write
   * what our processes had written.
   */
  readonly unattributedCores: number;
  /** Wanted, and given to another guest by the hypervisor. */
  readonly stolenCores: number;
};

/** Of `/proc/stat`, whatever the machine: USER_HZ is 100 on every architecture that Node is built for. */
const ticksPerSecond = 100;

/** @returns undefined where there is no `/proc/stat` */
export async function readMachine(): Promise<MachineReading | undefined> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseMachine(text);
}

/**
 * Reads the first line of `/proc/stat` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal. Time of guests is
 * part of user. Pure.
 * @throws Error when it is none
 */
export function parseMachine(text: string): MachineReading {
  const ticks = /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ').map(Number) ?? [];
  const [user, nice, system, , , irq, softirq, stolen] = ticks;
  const busy = [user, nice, system, irq, softirq].reduce<number>(
    (sum, value) => sum + (value ?? Number.NaN),
    0,
  );
  if (!(busy >= 0) || stolen === undefined)
    throw new Error('/proc/stat does not tell how busy the machine is');
  return { busySeconds: busy / ticksPerSecond, stolenSeconds: stolen / ticksPerSecond };
}

/**
 * What the machine did between two readings beside our own processes. Pure.
 *
 * @param own.cpuUs CPU time of our processes between them, all together
 * @param own.seconds between the readings
 */
export function loadBetween(
  before: MachineReading,
  after: MachineReading,
  own: { readonly cpuUs: number; readonly seconds: number },
): MachineLoad {
  const busySeconds = after.busySeconds - before.busySeconds;
  return {
    // Ticks are coarser than what processes tell of themselves.
    unattributedCores: Math.max(0, (busySeconds - own.cpuUs / 1e6) / own.seconds),
    stolenCores: (after.stolenSeconds - before.stolenSeconds) / own.seconds,
  };
}

/** Of all cores: what writing to disks and networks takes of kernel threads stays below it. */
const unattributedShareMax = 0.15;
const stolenShareMax = 0.02;

/** Whether so much went elsewhere that figures of that time say less than they seem to. Pure. */
export function isBusyElsewhere(load: MachineLoad | undefined, cores: number): boolean {
  if (load === undefined) return false;
  return load.unattributedCores > cores * unattributedShareMax || load.stolenCores > cores * stolenShareMax;
}
