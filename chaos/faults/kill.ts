import type { FaultKind, FaultRequests } from '../core/fault.ts';
import { probeHttp, renderProbe } from './probe.ts';
import {
  chooseInstance,
  findInstance,
  instanceResidue,
  probeAddress,
  renderChosen,
} from './process/instance.ts';

/**
 * SIGKILL of one process, which stays down until it is healed. Proven by its own endpoint, which refuses connections,
 * and by the process table.
 */
export const kill: FaultKind<FaultRequests['kill']> = {
  name: 'kill',

  parameters: {},
  actsOn: { kind: 'service', services: 'any' },

  resolve: (target, { instance }) => chooseInstance(target, instance),
  describe: (victim) => `kill -9 ${renderChosen(victim)}`,
  subject: renderChosen,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await findInstance(target, victim);
    const endpoint = await probeAddress(target, before);
    return {
      async prove() {
        const [probe, now] = await Promise.all([probeHttp(endpoint, 1_000), findInstance(target, victim)]);
        return {
          acted: before.state === 'running' && !probe.answered && now.pid !== before.pid,
          measurement: `${victim.instance}: process ${before.pid} is gone, its endpoint: ${renderProbe(probe)}`,
        };
      },
    };
  },

  inject: (target, victim) => target.kill(String(victim.instance)),

  async heal(target, victim) {
    const instance = await findInstance(target, victim);
    if (instance.state === 'stopped') await target.start(instance.name);
  },

  residue: async (target, victim) => instanceResidue(await findInstance(target, victim)),
};
