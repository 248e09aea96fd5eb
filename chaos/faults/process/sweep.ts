import { type Instance, type Target, TargetError } from '../../../targets/target.ts';
import { backendsOf } from '../../../topology/index.ts';
import type { Sweep } from '../../core/sweep.ts';
import { instanceResidue } from './instance.ts';
import { restoreProgram } from './restart-as.ts';

/** Every instance of every service and backend: running and ready. */
export const instancesSweep: Sweep = {
  name: 'instances',

  async look(target) {
    const instances = await allInstances(target);
    return { looked: instances.map(({ name }) => name), wrong: instances.flatMap(instanceResidue) };
  },

  /** Together: a service cannot get ready while the brokers that it needs are down. */
  async heal(target) {
    const healings = (await allInstances(target)).map(async (instance) => {
      if (instance.state === 'paused') await target.resume(instance.name);
      await restoreProgram(target, instance);
    });
    const failures = (await Promise.allSettled(healings)).flatMap((healing) =>
      healing.status === 'rejected' ? [healing.reason] : [],
    );
    if (failures.length > 0) throw new AggregateError(failures, 'not every instance could be started');
  },
};

async function allInstances(target: Target): Promise<readonly Instance[]> {
  const services = [...backendsOf(target.topology), ...target.topology.services.map(({ name }) => name)];
  const known = (await Promise.all(services.map((service) => target.instances(service)))).flat();
  return [...known, ...(await proxyServers(target))];
}

/** There are some only where an edge passes through a proxy. */
async function proxyServers(target: Target): Promise<readonly Instance[]> {
  return target.instances('toxiproxy').catch((error: unknown) => {
    if (error instanceof TargetError && error.code === 'unknown-service') return [];
    throw error;
  });
}
