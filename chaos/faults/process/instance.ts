import { type Instance, type Target, TargetError } from '../../../targets/target.ts';
import type { InstanceChoice, Victim } from '../../core/fault.ts';
import { ordinalOf, serviceOf } from '../../core/instance-name.ts';
import { streamLeader } from '../broker/leader.ts';

/** The instance that is meant, and why it was chosen where somebody asked for a role. */
export async function chooseInstance(
  target: Target,
  choice: InstanceChoice,
): Promise<{ readonly instance: string; readonly role: string }> {
  if (typeof choice === 'string') return { instance: choice, role: '' };
  return { instance: await streamLeader(target, choice.leaderOf), role: `leads ${choice.leaderOf}` };
}

/**
 * As {@link chooseInstance}, for what stops an instance without ending it.
 * @throws TargetError `unsupported` where the place cannot
 */
export async function choosePausable(
  target: Target,
  choice: InstanceChoice,
): ReturnType<typeof chooseInstance> {
  if (!target.canPause) {
    const what = typeof choice === 'string' ? choice : `the leader of ${choice.leaderOf}`;
    throw new TargetError('unsupported', `${what} cannot be paused on the ${target.name} target`);
  }
  return chooseInstance(target, choice);
}

/** `nats-1 (leads ORDERS)`. */
export function renderChosen({ instance, role }: Victim): string {
  return role === '' ? String(instance) : `${instance} (${role})`;
}

/** @throws TargetError `unknown-instance` */
export async function findInstance(target: Target, victim: Victim): Promise<Instance> {
  const name = String(victim.instance);
  const instances = await target.instances(serviceOf(name));
  const found = instances.find((instance) => instance.name === name);
  if (found === undefined) throw new TargetError('unknown-instance', `there is no instance ${name}`);
  return found;
}

/**
 * An address that answers HTTP while the instance lives.
 * @throws TargetError `unsupported` when it has none
 */
export async function probeAddress(target: Target, { name, service }: Instance): Promise<string> {
  const addresses = await target.addresses();
  const byService: Readonly<Record<string, readonly string[]>> = {
    order: addresses.orderAdmin,
    payment: addresses.paymentAdmin,
    psp: addresses.pspAdmin,
    nats: addresses.natsMonitor,
    collector: [addresses.collectorOtlpHttp],
    jaeger: [addresses.jaeger],
    prometheus: [addresses.prometheus],
  };
  const address = (byService[service] ?? addresses.serviceAdmin?.[service])?.[ordinalOf(name)];
  if (address === undefined || address === '') {
    throw new TargetError('unsupported', `${name} has no endpoint that could prove that it is gone`);
  }
  return address;
}

/** What keeps an instance from doing its work. */
export function instanceResidue(instance: Instance): readonly string[] {
  if (instance.state !== 'running') return [`${instance.name} is ${instance.state}`];
  if (instance.runsAs !== undefined) return [`${instance.name} runs as ${instance.runsAs}`];
  return instance.isReady ? [] : [`${instance.name} is not ready: ${instance.missing.join(', ')}`];
}
