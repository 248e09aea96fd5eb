import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../../targets/target.ts';
import type { FaultKind, FaultRequests, Proof } from '../../core/fault.ts';
import { choosePausable, findInstance, instanceResidue, renderChosen } from '../process/instance.ts';
import { endHelper, isHelping, newHelperSocket, startHelper } from './helper.ts';
import type { Squeeze } from './squeezer.ts';

/** In each of these an instance runs once: long enough that starting and stopping it costs little of its share. */
const periodMs = 100;
/** Neither part nor multiple of the period: looks fall into all of it, one after the other. */
const lookEveryMs = 83;
const looksMin = 24;
/** A busy machine looks, stops and continues late, and may have to look for longer. */
const lookWithinMs = 6_000;

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
    // Of less or more, too few looks would find it running, or stopped.
    share: { unit: 'share', min: 0.2, max: 0.7, meaning: 'how much of the time the process may run' },
  },
  actsOn: { kind: 'service', services: 'any' },

  async resolve(target, { instance, share }) {
    const chosen = await choosePausable(target, instance);
    return { ...chosen, share, socket: newHelperSocket() };
  },

  describe: (victim) =>
    `squeeze of ${renderChosen(victim)} to ${Math.round(Number(victim.share) * 100)} % of the time`,
  subject: renderChosen,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await findInstance(target, victim);
    return {
      async prove() {
        const deadline = performance.now() + lookWithinMs;
        const looks: Instance[] = [];
        for (;;) {
          looks.push(await findInstance(target, victim));
          const proof = judgeLooks(before, looks, Number(victim.share));
          if ((proof.acted && looks.length >= looksMin) || performance.now() >= deadline) return proof;
          await sleep(lookEveryMs);
        }
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

/**
 * A process is squeezed when it is found stopped half as often, at least, as its share says, but not always. Pure.
 *
 * @param before what was found before the injection
 * @param looks what was found since; one at least
 */
export function judgeLooks(before: Look, looks: readonly Look[], share: number): Proof {
  const isSame = looks.every(({ incarnation }) => incarnation === before.incarnation);
  const stopped = looks.filter(({ state }) => state === 'paused').length / looks.length;
  return {
    acted: isSame && stopped >= (1 - share) / 2 && stopped < 1,
    measurement:
      `${before.name}: ${isSame ? 'the same process' : 'another process'} was found stopped ` +
      `in ${Math.round(stopped * 100)} % of ${looks.length} looks`,
  };
}

type Look = Pick<Instance, 'name' | 'incarnation' | 'state'>;
