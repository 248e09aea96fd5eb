import type { Target } from '../../../targets/target.ts';
import type { FaultKind, FaultRequests, Victim } from '../../core/fault.ts';
import { instanceResidue } from './instance.ts';

const stopGraceMs = 20_000;

/**
 * Ends every instance of a service and starts it again, one after the other, as a deployment does: the next only when the
 * one before is ready. Proven by the instances' processes, which all are others than before.
 */
export const rollingRestart: FaultKind<FaultRequests['rolling-restart']> = {
  name: 'rolling-restart',
  parameters: {},
  actsOn: { kind: 'service', services: 'any' },

  async resolve(target, { service }) {
    return { service, instances: (await target.instances(service)).map(({ name }) => name) };
  },

  describe: (victim) => `rolling restart of ${victim.service}`,
  subject: (victim) => String(victim.service),
  // One at a time; which one it is makes no difference to how far it reaches.
  disables: (victim) => instancesOf(victim).slice(0, 1),

  async observe(target, victim) {
    const before = await incarnations(target, victim);
    return {
      async prove() {
        const now = await incarnations(target, victim);
        const renewed = now.filter(
          (incarnation, at) => incarnation !== undefined && incarnation !== before[at],
        );
        return {
          acted: before.length > 0 && renewed.length === before.length,
          measurement: `${victim.service}: ${renewed.length} of ${before.length} processes are others than before`,
        };
      },
    };
  },

  async inject(target, victim) {
    for (const instance of instancesOf(victim)) {
      await target.terminate(instance, stopGraceMs);
      await target.start(instance);
    }
  },

  async heal(target, victim) {
    for (const { name, state } of await target.instances(String(victim.service))) {
      if (state === 'stopped') await target.start(name);
    }
  },

  async residue(target, victim) {
    return (await target.instances(String(victim.service))).flatMap(instanceResidue);
  },
};

function instancesOf(victim: Victim): readonly string[] {
  return (victim.instances as readonly string[] | undefined) ?? [];
}

async function incarnations(target: Target, victim: Victim): Promise<readonly (string | undefined)[]> {
  return (await target.instances(String(victim.service))).map(({ incarnation }) => incarnation);
}
