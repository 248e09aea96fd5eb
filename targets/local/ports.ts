import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { localHost, type PortName, type Ports } from '../../topology/derive/index.ts';
import { TargetError } from '../target.ts';

/** Unprivileged, and above what is commonly in use. */
const lowestPort = 10_000;

/**
 * Finds a free port for every need. Ports that instances had before stay theirs where they are still free.
 *
 * They lie below the ephemeral range: the kernel gives ports of that range to outgoing connections, and one of those
 * could take an instance's port while it is down.
 *
 * @param random a draw from [0, 1): where to begin to look, so that two platforms rarely look at the same ports
 * @throws TargetError `busy` when there are not enough free ports
 */
export async function pickPorts(
  needed: Readonly<Record<string, readonly PortName[]>>,
  previous: Ports,
  random: () => number = Math.random,
): Promise<Ports> {
  const { first, last } = await portRange();
  const size = last - first + 1;
  const taken = new Set<number>();
  let next = Math.floor(random() * size);
  const draw = async (): Promise<number> => {
    for (let tries = 0; tries < size; tries++) {
      const port = first + (next++ % size);
      if (!taken.has(port) && (await isPortFree(port))) return port;
    }
    throw new TargetError('busy', `no port from ${first} to ${last} is free on ${localHost}`);
  };
  const picked: Record<string, Record<PortName, number>> = {};
  for (const [instance, names] of Object.entries(needed)) {
    const ofInstance: Record<PortName, number> = {};
    for (const name of names) {
      const before = previous[instance]?.[name];
      const canStay = before !== undefined && !taken.has(before) && (await isPortFree(before));
      const port = canStay ? before : await draw();
      taken.add(port);
      ofInstance[name] = port;
    }
    picked[instance] = ofInstance;
  }
  return picked;
}

/** @throws TargetError `busy` that names the ports which another program listens on */
export async function checkPortsFree(instance: string, ports: readonly number[]): Promise<void> {
  const busy: number[] = [];
  for (const port of ports) {
    if (!(await isPortFree(port))) busy.push(port);
  }
  if (busy.length === 0) return;
  const which = busy.map((port) => `${localHost}:${port}`).join(', ');
  throw new TargetError(
    'busy',
    `${instance} cannot listen on ${which}: another program does; end it, or restart the platform (\`down\`, \`up\`) on other ports`,
  );
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, localHost, () => server.close(() => resolve(true)));
  });
}

async function portRange(): Promise<{ readonly first: number; readonly last: number }> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const [low = 32_768, high = 60_999] = text.trim().split(/\s+/).map(Number);
  // Where the ephemeral range leaves nothing below, what it leaves above serves as well.
  return low > lowestPort + 1_000
    ? { first: lowestPort, last: low - 1 }
    : { first: Math.min(high + 1, 64_000), last: 65_535 };
}
