import type { FaultRequests } from '../../core/fault.ts';
import { judgeSilence, silenceProbe } from './silence.ts';
import { createToxicKind } from './toxic.ts';

/**
 * A black hole: connections stand, no byte passes. Made by a bandwidth of 0 in both directions, since Toxiproxy's
 * `timeout` toxic closes connections when it is removed.
 */
export const stall = createToxicKind<FaultRequests['stall']>({
  name: 'stall',
  parameters: {},
  describe: () => 'stall',
  toxics: () => [
    { type: 'bandwidth', stream: 'upstream', attributes: { rate: 0 } },
    { type: 'bandwidth', stream: 'downstream', attributes: { rate: 0 } },
  ],
  probe: silenceProbe,
  judge: judgeSilence,
  breaksConnections: true,
});
