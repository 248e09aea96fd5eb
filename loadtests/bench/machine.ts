import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Machine } from './results.ts';

/**
 * The machine that figures are of, as it is now.
 *
 * @param tools versions of the external programs in use, by name
 */
export function describeMachine(tools: Machine['tools']): Machine {
  return {
    cores: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    kernel: `${type()} ${release()}`,
    nodeVersion: process.versions.node,
    tools,
    loadAverageBefore: loadavg(),
  };
}
