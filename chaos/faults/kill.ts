import { type Instance, type Target, TargetError } from '../../targets/target.ts';
import type { FaultKind, FaultRequests, Victim } from '../core/fault.ts';
import { streamLeader } from './leader.ts';
import { probeHttp, renderProbe } from './probe.ts';

/**
 * SIGKILL of one process, which stays down until it is healed. Proven by its own endpoint, which refuses connections,
 * and by the process table.
 */
export const kill: FaultKind<FaultRequests['kill']> = {
  name: 'kill',

  async resolve(target, { instance }) {
    if (typeof instance === 'string') return { instance, role: '' };
    return {
      instance: await streamLeader(target, instance.leaderOf),
      role: `leads ${instance.leaderOf}`,
    };
  },

  describe: (victim) => `kill -9 ${kill.subject(victim)}`,

  subject: ({ instance, role }) => `${instance}${role === '' ? '' : ` (${role})`}`,

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

  async residue(target, victim) {
    const instance = await findInstance(target, victim);
    if (instance.state !== 'running') return [`${instance.name} is ${instance.state}`];
    return instance.isReady ? [] : [`${instance.name} is not ready: ${instance.missing.join(', ')}`];
  },
};

async function findInstance(target: Target, victim: Victim): Promise<Instance> {
  const name = String(victim.instance);
  const instances = await target.instances(name.replace(/-\d+$/, ''));
  const found = instances.find((instance) => instance.name === name);
  if (found === undefined) throw new TargetError('unknown-instance', `there is no instance ${name}`);
  return found;
}

/** An address that answers HTTP while the instance lives. */
async function probeAddress(target: Target, instance: Instance): Promise<string> {
  const addresses = await target.addresses();
  const ordinal = Number(/\d+$/.exec(instance.name)?.[0] ?? 0);
  const byService: Readonly<Record<string, readonly string[]>> = {
    order: addresses.orderAdmin,
    payment: addresses.paymentAdmin,
    psp: addresses.pspAdmin,
    nats: addresses.natsMonitor,
  };
  const address = byService[instance.service]?.[ordinal];
  if (address === undefined) {
    throw new TargetError('unsupported', `${instance.name} has no endpoint that could prove that it is gone`);
  }
  return address;
}
