import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { holdConnection } from './held-connection.ts';
import { chooseInstance, findInstance, instanceResidue, probeAddress, renderChosen } from './instance.ts';

/** The longest that a killed process may be there still; a kubelet sends KILL two seconds after TERM. */
const endsWithinMs = 10_000;

/**
 * The most sudden end that the place has for one process (SIGKILL; on Kubernetes, a pod deleted without grace). It stays
 * down until it is healed, or is replaced by the place itself, as it may be within a second.
 *
 * Proven by a connection to that very process, held since before, which has ended, and by the place, which has another
 * process or none in its stead: the place alone could have forgotten a process that lives on.
 */
export const kill: FaultKind<FaultRequests['kill']> = {
  name: 'kill',

  parameters: {},
  actsOn: { kind: 'service', services: 'any' },

  resolve: (target, { instance }) => chooseInstance(target, instance),
  describe: (victim) => `kill ${renderChosen(victim)}`,
  subject: renderChosen,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await findInstance(target, victim);
    const held = await holdConnection(await probeAddress(target, before));
    return {
      async prove() {
        const now = await findInstance(target, victim);
        const isAnother = now.incarnation !== before.incarnation;
        const ending = await held.end(isAnother ? endsWithinMs : 0);
        held.release();
        return {
          acted: before.state === 'running' && isAnother && ending !== undefined,
          measurement:
            `${victim.instance}: its process is ${isAnother ? (now.incarnation === undefined ? 'gone' : 'another') : 'the same'}, ` +
            `a connection held to it since before ${ending ?? 'answers still'}`,
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
