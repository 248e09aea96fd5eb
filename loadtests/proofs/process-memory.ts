import { readFile } from 'node:fs/promises';

/** Memory of a process, bytes, as the kernel counts it. */
export type ProcessMemory = {
  readonly residentBytes: number;
  /** The most that was ever resident. */
  readonly peakBytes: number;
};

/** @returns undefined when there is no such process, or no `/proc` */
export async function readProcessMemory(pid: number): Promise<ProcessMemory | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const bytesOf = (field: string) => {
    const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
  };
  const [residentBytes, peakBytes] = [bytesOf('VmRSS'), bytesOf('VmHWM')];
  if (residentBytes === undefined || peakBytes === undefined) return undefined;
  return { residentBytes, peakBytes };
}
