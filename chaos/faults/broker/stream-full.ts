import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { fillUp, maxBytesOf, readFill, restoreLimits } from './stream-limits.ts';

/** From here on a stream counts as full: whatever fits in is a fraction of a message group. */
const fullFrom = 0.99;
const seenWithinMs = 5_000;

/**
 * A stream that has no room left, made by lowering its limit to what it holds. Proven by the brokers' monitoring, which
 * tells how full it is and knows nothing of who asked for it.
 */
export const streamFull: FaultKind<FaultRequests['stream-full']> = {
  name: 'stream-full',
  parameters: {},
  actsOn: { kind: 'service', services: ['nats'] },

  resolve: async (target, { stream }) => ({ stream, maxBytes: maxBytesOf(target, stream) }),
  describe: (victim) => `stream ${victim.stream} full`,
  subject: (victim) => String(victim.stream),
  disables: () => [],

  async observe(target, victim) {
    const stream = String(victim.stream);
    const before = await readFill(target, stream);
    return {
      async prove() {
        const deadline = performance.now() + seenWithinMs;
        let now = await readFill(target, stream);
        while (now < fullFrom && performance.now() < deadline) {
          await sleep(100);
          now = await readFill(target, stream);
        }
        return {
          acted: before < fullFrom && now >= fullFrom,
          measurement: `${stream}: ${percent(now)} full (before: ${percent(before)})`,
        };
      },
    };
  },

  inject: (target, { stream }) => fillUp(target, String(stream)),
  heal: (target, { stream }) => restoreLimits(target, [String(stream)]),

  async residue(target, { stream }) {
    const fill = await readFill(target, String(stream));
    return fill < fullFrom ? [] : [`stream ${stream} is ${percent(fill)} full`];
  },
};

const percent = (share: number) => `${Math.floor(share * 100)} %`;
