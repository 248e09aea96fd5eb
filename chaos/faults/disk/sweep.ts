import type { DiskRef, Target } from '../../../targets/target.ts';
import type { Sweep } from '../../core/sweep.ts';
import { faultsOf, mendDisk } from './disk.ts';

/** The disks of the brokers, where they can be made to fail: nothing is wrong with them. */
export const disksSweep: Sweep = {
  name: 'disks',

  async look(target) {
    const disks = await disksOf(target);
    const wrong = disks.map(async ({ of, disk }) =>
      (await faultsOf(disk)).map((fault) => `the disk of ${of} still has ${fault}`),
    );
    return { looked: disks.map(({ of }) => `disk of ${of}`), wrong: (await Promise.all(wrong)).flat() };
  },

  async heal(target) {
    for (const { disk } of await disksOf(target)) {
      for (const fault of ['full', 'errors', 'slow-fsync'] as const) await mendDisk(disk, fault);
    }
  },
};

async function disksOf(target: Target): Promise<readonly { readonly of: string; readonly disk: DiskRef }[]> {
  const brokers = (await target.instances('nats')).map(async ({ name }) => {
    const disk = await target.disk(name);
    return disk === undefined ? [] : [{ of: name, disk }];
  });
  return (await Promise.all(brokers)).flat();
}
