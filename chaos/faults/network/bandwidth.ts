import type { FaultRequests } from '../../core/fault.ts';
import { renderExchange } from './dialogue.ts';
import { createToxicKind } from './toxic.ts';

/**
 * Lets only so many bytes a second pass towards the callee. Proven by sending it what takes a second at that rate: the
 * answer must come at least half a second later than before.
 */
export const bandwidth = createToxicKind<FaultRequests['bandwidth']>({
  name: 'bandwidth',
  parameters: { rateKbps: { unit: 'KB/s', min: 1, max: 250, meaning: 'what passes towards the callee' } },
  // Servers of telemetry answer before they have read what they do not want.
  protocols: ['http', 'nats'],
  describe: (victim) => `bandwidth of ${victim.rateKbps} KB/s`,
  toxics: ({ rateKbps }) => [
    { type: 'bandwidth', stream: 'upstream', attributes: { rate: Number(rateKbps) } },
  ],
  probe: ({ rateKbps }) => ({ timeoutMs: 10_000, upload: Number(rateKbps) * 1_000 }),
  judge({ through: [before] }, { through: [during] }) {
    return {
      acted: before.answered && during.answered && during.tookMs - before.tookMs >= 500,
      measurement: `a second's worth of bytes ${renderExchange(during)} (before: ${renderExchange(before)})`,
    };
  },
  breaksConnections: false,
});
