import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Target, TargetError } from '../../../targets/target.ts';
import type { FaultKind, FaultRequests, Victim } from '../../core/fault.ts';
import { choosePausable, findInstance, instanceResidue, probeAddress, renderChosen } from './instance.ts';
import { probeHttp, renderProbe } from './probe.ts';

const stopGraceMs = 20_000;
const startDeadlineMs = 10_000;

/**
 * A restart in which the new process is there but does not get ready until the fault is healed. Proven by another process
 * than before whose endpoint does not answer.
 */
export const slowStart: FaultKind<FaultRequests['slow-start']> = {
  name: 'slow-start',
  parameters: {},
  actsOn: { kind: 'service', services: 'any' },

  resolve: (target, { instance }) => choosePausable(target, instance),
  describe: (victim) => `slow start of ${renderChosen(victim)}`,
  subject: renderChosen,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await findInstance(target, victim);
    const endpoint = await probeAddress(target, before);
    return {
      async prove() {
        const [probe, now] = await Promise.all([probeHttp(endpoint, 1_000), findInstance(target, victim)]);
        const isAnother = now.incarnation !== undefined && now.incarnation !== before.incarnation;
        return {
          acted: isAnother && !probe.answered,
          measurement: `${victim.instance}: ${isAnother ? 'another' : 'the same'} process is ${now.state}, its endpoint: ${renderProbe(probe)}`,
        };
      },
    };
  },

  async inject(target, victim) {
    const { name } = await findInstance(target, victim);
    await target.terminate(name, stopGraceMs);
    // It waits until the instance is ready, which it is only once it is healed; what is wrong then is residue.
    void target.start(name).catch(() => {});
    await untilRunning(target, victim);
    await target.pause(name);
  },

  async heal(target, victim) {
    const { name, state } = await findInstance(target, victim);
    if (state === 'paused') await target.resume(name);
    if (state === 'stopped') await target.start(name);
  },

  residue: async (target, victim) => instanceResidue(await findInstance(target, victim)),
};

async function untilRunning(target: Target, victim: Victim): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  while ((await findInstance(target, victim)).state !== 'running') {
    if (performance.now() >= deadline) {
      throw new TargetError('not-running', `${victim.instance} did not start within ${startDeadlineMs} ms`);
    }
    await sleep(20);
  }
}
