import type { RunReport } from '../../verdict/index.ts';
import { atMost, below, type ProofCheck } from './checks.ts';
import { steadyLimits } from './lines.ts';
import { judgeGrowth, judgePeak, type MemorySeries, type Span } from './memory.ts';

/** What was seen of a steady load, beside its report. */
export type SteadyFacts = {
  readonly load: RunReport['load'];
  /** Undefined where not every outcome was seen as it came. */
  readonly settlementP99Ms: number | undefined;
  /** By process, without the generator. */
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
  readonly memory: MemorySeries;
  /** When memory is judged. */
  readonly memorySpan: Span;
  /** Bytes by instance. */
  readonly memoryLimits: ReadonlyMap<string, number>;
};

/**
 * Judges a steady load: latency from the intended send time, settlement, memory, CPU. Pure.
 *
 * @param phase of the load's shape that is judged
 */
export function judgeSteady(facts: SteadyFacts, phase: string): readonly ProofCheck[] {
  const limits = steadyLimits;
  const p99Us = acceptanceP99Us(facts.load, phase);
  const cpuUs = Object.values(facts.cpuUsPerOrder).reduce((sum, us) => sum + us, 0);
  return [
    below({
      name: 'p99 of acceptance, from the intended send time',
      value: p99Us === undefined ? undefined : p99Us / 1_000,
      unit: 'ms',
      max: limits.acceptanceP99MsMax,
    }),
    below({
      name: 'p99 of settlement',
      value: facts.settlementP99Ms,
      unit: 'ms',
      max: limits.settlementP99MsMax,
    }),
    judgeGrowth(facts.memory, facts.memorySpan, limits.memoryPerMinuteMax),
    judgePeak(facts.memory, facts.memoryLimits),
    atMost({
      name: 'CPU of the platform per order, without the generator',
      // Nothing costs nothing: a sum of zero was not measured.
      value: cpuUs > 0 ? cpuUs : undefined,
      unit: 'µs',
      max: limits.platformCpuUsMax,
      needsFullSize: true,
    }),
  ];
}

/** Orders that were never accepted waited for ever: they count as the longest waits. Pure. */
function acceptanceP99Us(load: RunReport['load'], phase: string): number | undefined {
  const window = load?.latency.windows.find(({ name }) => name === phase);
  if (window?.final === undefined) return undefined;
  const neverAccepted = window.orders - window.accepted;
  return neverAccepted > window.orders / 100 ? Number.MAX_SAFE_INTEGER : window.final.p99Us;
}
