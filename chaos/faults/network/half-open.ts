import type { FaultRequests } from '../../core/fault.ts';
import { judgeSilence, silenceProbe } from './silence.ts';
import { createToxicKind } from './toxic.ts';

/**
 * What the caller sends arrives and takes effect, but no answer comes back: the caller cannot know what happened. Proven as
 * a stall is.
 */
export const halfOpen = createToxicKind<FaultRequests['half-open']>({
  name: 'half-open',
  parameters: {},
  describe: () => 'half-open connections',
  toxics: () => [{ type: 'bandwidth', stream: 'downstream', attributes: { rate: 0 } }],
  probe: silenceProbe,
  judge: judgeSilence,
  breaksConnections: true,
});
