import type { FaultRequests } from '../../core/fault.ts';
import type { Exchange } from './dialogue.ts';
import { createToxicKind } from './toxic.ts';

/**
 * Delays the answers on an edge. Proven by the fastest of three answers, which a busy machine delays least: it comes later
 * than before by 80 % of the delay, less the jitter.
 */
export const latency = createToxicKind<FaultRequests['latency']>({
  name: 'latency',
  parameters: {
    latencyMs: { unit: 'ms', min: 1, max: 60_000, meaning: 'delay of each answer' },
    jitterMs: { unit: 'ms', min: 0, max: 60_000, default: 0, meaning: 'the delay varies by this much' },
  },
  describe: (victim) => `latency of ${victim.latencyMs} ± ${victim.jitterMs} ms`,
  toxics: (victim) => [
    {
      type: 'latency',
      stream: 'downstream',
      attributes: { latency: Number(victim.latencyMs), jitter: Number(victim.jitterMs) },
    },
  ],
  probe: (victim) => ({
    timeoutMs: 2 * (Number(victim.latencyMs) + Number(victim.jitterMs)) + 5_000,
    times: 3,
  }),
  judge(before, during, victim) {
    const expectedMs = Math.max(1, 0.8 * (Number(victim.latencyMs) - Number(victim.jitterMs)));
    const [fastestBefore, fastest] = [fastestMs(before.through), fastestMs(during.through)];
    return {
      acted: fastest - fastestBefore >= expectedMs,
      measurement: `the fastest of three answers took ${renderMs(fastest)} (before: ${renderMs(fastestBefore)})`,
    };
  },
  breaksConnections: false,
});

/** Not a number when one of them was not answered. */
function fastestMs(exchanges: readonly Exchange[]): number {
  return Math.min(...exchanges.map((exchange) => (exchange.answered ? exchange.tookMs : Number.NaN)));
}

const renderMs = (ms: number) => (Number.isNaN(ms) ? 'for ever' : `${Math.round(ms)} ms`);
