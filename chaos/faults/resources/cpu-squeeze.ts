import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../../targets/target.ts';
import type { FaultKind, FaultRequests, Victim } from '../../core/fault.ts';
import { choosePausable, findInstance, instanceResidue, renderChosen } from '../process/instance.ts';
import { endHelper, isHelping, newHelperSocket, startHelper } from './helper.ts';
import type { Squeeze } from './squeezer.ts';

/** In each of these an instance runs once: long enough that starting and stopping it costs little of its share. */
const periodMs = 100;
const samples = 24;
/** Shares no factor with the period, so that samples fall anywhere in it. */
const sampleEveryMs = 83;

/**
 * One process gets only a share of the time, in slices of a tenth of a second, as under a CPU quota that is too small. Made
 * by stopping and continuing it, which takes no privilege and works without control groups; not on Kubernetes, which cannot
 * stop a pod.
 *
 * Proven by the process table: looked at again and again, the same process is found stopped, and found running. What it was
 * refused is told by how often.
 */
export const cpuSqueeze: FaultKind<FaultRequests['cpu-squeeze']> = {
  name: 'cpu-squeeze',
  parameters: {
    share: { unit: 'share', min: 0.05, max: 0.9, meaning: 'how much of the time the process may run' },
  },
  actsOn: { kind: 'service', services: 'any' },

  async resolve(target, { instance, share }) {
    const chosen = await choosePausable(target, instance);
    return { ...chosen, share, socket: newHelperSocket() };
  },

  describe: (victim) => `squeeze of ${renderChosen(victim)} to ${Number(victim.share) * 100} % of the time`,
  subject: renderChosen,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await findInstance(target, victim);
    return {
      async prove() {
        const seen = await watchStates(target, victim);
        const isSame = seen.every(({ incarnation }) => incarnation === before.incarnation);
        const stopped = seen.filter(({ state }) => state === 'paused').length / seen.length;
        return {
          acted: isSame && stopped >= (1 - Number(victim.share)) / 2 && stopped < 1,
          measurement: `${victim.instance}: ${isSame ? 'the same process' : 'another process'} was found stopped in ${Math.round(stopped * 100)} % of ${seen.length} looks`,
        };
      },
    };
  },

  async inject(target, victim) {
    const stoppedMs = Math.round(periodMs * (1 - Number(victim.share)));
    const task: Squeeze = {
      target: target.ref,
      instance: String(victim.instance),
      stoppedMs,
      runningMs: periodMs - stoppedMs,
    };
    await startHelper({ program: 'squeezer.ts', socket: String(victim.socket), task });
  },

  async heal(target, victim) {
    await endHelper(String(victim.socket));
    // A helper that was killed may have left it stopped.
    const { name, state } = await findInstance(target, victim);
    if (state === 'paused') await target.resume(name);
  },

  async residue(target, victim) {
    const isSqueezed = await isHelping(String(victim.socket));
    return [
      ...(isSqueezed ? [`${victim.instance} is still squeezed`] : []),
      ...instanceResidue(await findInstance(target, victim)),
    ];
  },
};

async function watchStates(target: Target, victim: Victim) {
  const seen = [];
  for (let look = 0; look < samples; look++) {
    seen.push(await findInstance(target, victim));
    await sleep(sampleEveryMs);
  }
  return seen;
}
