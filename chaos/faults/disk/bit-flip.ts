import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from '../../../targets/target.ts';
import { FaultError, type FaultKind, type FaultRequests, type Victim } from '../../core/fault.ts';
import { chooseInstance, findInstance, instanceResidue, renderChosen } from '../process/instance.ts';
import { flipBit, requireDisk } from './disk.ts';

const bit = 0;

/**
 * While a broker is down, one bit of a stream's newest file changes on its disk. It stays changed: when the broker is
 * healed, which only means started, it must find that out by its checksums and get the messages from the others.
 *
 * Proven by the byte as it is read before and after.
 */
export const bitFlip: FaultKind<FaultRequests['bit-flip']> = {
  name: 'bit-flip',
  parameters: {
    at: {
      unit: 'share',
      min: 0,
      max: 1,
      default: 0.5,
      meaning: 'where in the file, from its begin to its end',
    },
  },
  actsOn: { kind: 'service', services: ['nats'] },

  async resolve(target, { instance, stream, at }) {
    const chosen = await chooseInstance(target, instance);
    const { directory } = await requireDisk(target, chosen.instance);
    const path = await newestFile(directory, stream);
    const { size } = await stat(join(directory, path));
    return { ...chosen, path, offset: Math.min(size - 1, Math.floor(size * at)) };
  },

  describe: (victim) => `a flipped bit at ${victim.offset} of ${victim.path} of ${renderChosen(victim)}`,
  subject: (victim) => `disk of ${renderChosen(victim)}`,
  disables: ({ instance }) => [String(instance)],

  async observe(target, victim) {
    const before = await readByte(target, victim);
    return {
      async prove() {
        const [now, instance] = await Promise.all([readByte(target, victim), findInstance(target, victim)]);
        return {
          acted: (before ^ now) === 1 << bit && instance.state === 'stopped',
          measurement: `${victim.path}: byte ${victim.offset} is ${now} (before: ${before}); ${instance.name} is ${instance.state}`,
        };
      },
    };
  },

  async inject(target, victim) {
    const instance = String(victim.instance);
    await target.kill(instance);
    const place = { path: String(victim.path), offset: Number(victim.offset), bit };
    await flipBit(await requireDisk(target, instance), place);
  },

  async heal(target, victim) {
    const { name, state } = await findInstance(target, victim);
    if (state === 'stopped') await target.start(name);
  },

  residue: async (target, victim) => instanceResidue(await findInstance(target, victim)),
};

/**
 * The file that a stream's newest messages are in, relative to the broker's directory: `jetstream/<account>/streams/
 * <stream>/msgs/<number>.blk`, as nats-server names it.
 */
async function newestFile(directory: string, stream: string): Promise<string> {
  for (const account of await readdir(join(directory, 'jetstream'))) {
    const folder = join('jetstream', account, 'streams', stream, 'msgs');
    const files = await readdir(join(directory, folder)).catch(() => []);
    const numbers = files.flatMap((file) => /^(\d+)\.blk$/.exec(file)?.[1] ?? []).map(Number);
    if (numbers.length > 0) return join(folder, `${Math.max(...numbers)}.blk`);
  }
  throw new FaultError(`the stream ${stream} has no file in ${directory}`);
}

async function readByte(target: Target, victim: Victim): Promise<number> {
  const { directory } = await requireDisk(target, String(victim.instance));
  const file = await open(join(directory, String(victim.path)));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, Number(victim.offset));
    if (bytesRead === 0) throw new FaultError(`${victim.path} has no byte ${victim.offset} any more`);
    return buffer.readUInt8(0);
  } finally {
    await file.close();
  }
}
