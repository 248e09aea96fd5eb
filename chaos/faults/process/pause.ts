import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { choosePausable, findInstance, instanceResidue, probeAddress, renderChosen } from './instance.ts';
import { probeHttp, renderProbe } from './probe.ts';

/**
 * SIGSTOP of one process: its connections stand and it says nothing, as a machine that swaps or a collector that stops the
 * world. Proven by its endpoint, which accepts but does not answer, while the same process is there.
 */
export const pause: FaultKind<FaultRequests['pause']> = {
  name: 'pause',
  parameters: {},
  actsOn: { kind: 'service', services: 'any' },

  resolve: (target, { instance }) => choosePausable(target, instance),
  describe: (victim) => `pause of ${renderChosen(victim)}`,
  subject: renderChosen,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await findInstance(target, victim);
    const endpoint = await probeAddress(target, before);
    return {
      async prove() {
        const [probe, now] = await Promise.all([probeHttp(endpoint, 1_000), findInstance(target, victim)]);
        return {
          acted: before.state === 'running' && !probe.answered && now.incarnation === before.incarnation,
          measurement: `${victim.instance}: the process is ${now.state}, its endpoint: ${renderProbe(probe)}`,
        };
      },
    };
  },

  inject: (target, victim) => target.pause(String(victim.instance)),

  async heal(target, victim) {
    const { name, state } = await findInstance(target, victim);
    if (state === 'paused') await target.resume(name);
  },

  residue: async (target, victim) => instanceResidue(await findInstance(target, victim)),
};
