import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskRef } from '../../../targets/target.ts';
import type { FaultKind, FaultRequests, Victim } from '../../core/fault.ts';
import { chooseInstance, findInstance, instanceResidue, renderChosen } from '../process/instance.ts';
import { cutPower, requireDisk } from './disk.ts';

/** What the witness holds: only the first part is synced. The other is so long that no torn loss leaves all of it. */
const synced = 'synced\n';
const unsyncedBytes = 1024 ** 2;

/**
 * The machines of brokers lose their power at the same moment: their processes are killed, and what no fsync had covered is
 * gone from their disks. They stay down until they are healed.
 *
 * Proven by a witness, a file on each disk of which only the begin was synced: the rest is gone. And by the process table.
 */
export const powerLoss: FaultKind<FaultRequests['power-loss']> = {
  name: 'power-loss',
  parameters: {},
  actsOn: { kind: 'service', services: ['nats'] },

  async resolve(target, { brokers, isTorn = false }) {
    const chosen =
      brokers === 'all'
        ? (await target.instances('nats')).map(({ name }) => ({ instance: name, role: '' }))
        : [await chooseInstance(target, brokers)];
    await Promise.all(chosen.map(({ instance }) => requireDisk(target, instance)));
    return {
      brokers: chosen.map(({ instance }) => instance),
      subject: chosen.map(renderChosen).join(', '),
      isTorn,
    };
  },

  describe: ({ subject, isTorn }) => `${isTorn ? 'torn ' : ''}power loss of ${subject}`,
  subject: ({ subject }) => String(subject),
  disables: brokersOf,

  async observe(target, victim) {
    const before = await Promise.all(
      brokersOf(victim).map(async (name) => {
        await writeWitness(witnessOn(await requireDisk(target, name)));
        return findInstance(target, { instance: name });
      }),
    );
    return {
      async prove() {
        const losses = await Promise.all(
          before.map(async ({ name, pid }) => {
            const now = await findInstance(target, { instance: name });
            const left = await readFile(witnessOn(await requireDisk(target, name)), 'utf8');
            const unsyncedLeft = left.length - synced.length;
            const hasLost = victim.isTorn === true ? unsyncedLeft < unsyncedBytes : unsyncedLeft === 0;
            return {
              acted: now.state === 'stopped' && left.startsWith(synced) && hasLost,
              measurement: `${name}: process ${pid} is ${now.state}; of a witness, ${unsyncedLeft} of ${unsyncedBytes} unsynced bytes are left`,
            };
          }),
        );
        return {
          acted: losses.length > 0 && losses.every(({ acted }) => acted),
          measurement: losses.map(({ measurement }) => measurement).join('; '),
        };
      },
    };
  },

  async inject(target, victim) {
    await Promise.all(brokersOf(victim).map((name) => target.kill(name)));
    await Promise.all(
      brokersOf(victim).map(async (name) =>
        cutPower(await requireDisk(target, name), { isTorn: victim.isTorn === true }),
      ),
    );
  },

  /** Together: a broker alone cannot get ready. */
  async heal(target, victim) {
    await Promise.all(
      brokersOf(victim).map(async (name) => {
        const { state } = await findInstance(target, { instance: name });
        if (state === 'stopped') await target.start(name);
        const disk = await target.disk(name);
        if (disk !== undefined) await rm(witnessOn(disk), { force: true });
      }),
    );
  },

  async residue(target, victim) {
    const brokers = brokersOf(victim).map((name) => findInstance(target, { instance: name }));
    return (await Promise.all(brokers)).flatMap(instanceResidue);
  },
};

function brokersOf(victim: Victim): readonly string[] {
  return (victim.brokers as readonly string[] | undefined) ?? [];
}

function witnessOn({ directory }: DiskRef): string {
  return join(directory, 'stormproof-witness');
}

async function writeWitness(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.write(synced);
    await file.sync();
    await file.write('x'.repeat(unsyncedBytes));
  } finally {
    await file.close();
  }
}
