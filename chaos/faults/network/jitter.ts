import type { FaultRequests } from '../../core/fault.ts';
import type { Exchange } from './dialogue.ts';
import { createToxicKind } from './toxic.ts';

/**
 * Delays each answer on an edge by another time, from 0 to `spreadMs`. Proven by how far apart ten answers are: by a
 * quarter of the spread more than before. Ten uniform draws are nearer together once in 25,000 times.
 */
export const jitter = createToxicKind<FaultRequests['jitter']>({
  name: 'jitter',
  parameters: { spreadMs: { unit: 'ms', min: 20, max: 10_000, meaning: 'the longest delay of an answer' } },
  describe: (victim) => `jitter of 0 to ${victim.spreadMs} ms`,
  toxics({ spreadMs }) {
    // Toxiproxy takes whole milliseconds only.
    const half = Math.round(Number(spreadMs) / 2);
    return [{ type: 'latency', stream: 'downstream', attributes: { latency: half, jitter: half } }];
  },
  probe: ({ spreadMs }) => ({ timeoutMs: 2 * Number(spreadMs) + 5_000, times: 10 }),
  judge(before, during, { spreadMs }) {
    const [spreadBefore, spreadDuring] = [spreadOf(before.through), spreadOf(during.through)];
    return {
      acted: spreadDuring - spreadBefore >= Number(spreadMs) / 4,
      measurement: `ten answers came ${Math.round(spreadDuring)} ms apart (before: ${Math.round(spreadBefore)} ms)`,
    };
  },
  breaksConnections: false,
});

/** Between the fastest and the slowest answer, milliseconds; not a number when one is missing. */
function spreadOf(exchanges: readonly Exchange[]): number {
  const times = exchanges.map((exchange) => (exchange.answered ? exchange.tookMs : Number.NaN));
  return Math.max(...times) - Math.min(...times);
}
