import type { FaultRequests } from '../../core/fault.ts';
import { renderExchange } from './dialogue.ts';
import { createToxicKind } from './toxic.ts';

/** Delays the answers on an edge. Proven by an answer that comes later by 80 % of the delay, less the jitter. */
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
  probe: (victim) => ({ timeoutMs: 2 * (Number(victim.latencyMs) + Number(victim.jitterMs)) + 5_000 }),
  judge({ through: [before] }, { through: [during] }, victim) {
    const expectedMs = Math.max(1, 0.8 * (Number(victim.latencyMs) - Number(victim.jitterMs)));
    return {
      acted: before.answered && during.answered && during.tookMs - before.tookMs >= expectedMs,
      measurement: `${renderExchange(during)} (before: ${renderExchange(before)})`,
    };
  },
  breaksConnections: false,
});
