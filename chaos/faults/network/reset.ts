import type { FaultRequests } from '../../core/fault.ts';
import { renderExchange } from './dialogue.ts';
import { createToxicKind } from './toxic.ts';

/** Resets every connection of an edge (TCP RST). Proven by an exchange that is reset while the callee answers past it. */
export const reset = createToxicKind<FaultRequests['reset']>({
  name: 'reset',
  parameters: {},
  describe: () => 'reset of connections',
  toxics: () => [{ type: 'reset_peer', stream: 'downstream', attributes: { timeout: 0 } }],
  probe: () => ({ timeoutMs: 5_000 }),
  judge(before, during) {
    const [through] = during.through;
    return {
      acted: before.through[0].answered && !through.answered && through.wasReset && during.past.answered,
      measurement: `${renderExchange(through)} (past the proxy: ${renderExchange(during.past)})`,
    };
  },
  breaksConnections: true,
});
