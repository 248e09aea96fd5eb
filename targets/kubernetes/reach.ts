import type { Socket } from 'node:net';
import { instanceName, type PortName } from '../../topology/derive/index.ts';
import { clusterPort, type DeployedPlatform } from '../../topology/kubernetes/index.ts';
import { carry } from './carry.ts';
import { createDoors } from './doors.ts';
import { createHttpPool, type HttpPool } from './http-pool.ts';
import type { PodFacts } from './pods.ts';
import type { Roster } from './roster.ts';
import type { OpenPodStream } from './stream.ts';

/** Addresses of this machine that lead to pods by port-forward; made when they are first asked for. */
export type Reach = {
  /** `host:port` that leads to whichever pod is that instance when a connection comes. */
  instance(service: string, ordinal: number, port: PortName): Promise<string>;
  /** `host:port` of HTTP that goes to the ready pods of a service in turn, as a Service spreads connections. */
  service(service: string, port: PortName): Promise<string>;
  close(): Promise<void>;
};

/** How old what is known of pods may be when a connection comes: a pod that has gone since refuses it. */
const maxAgeMs = 500;

export function createReach({
  platform,
  roster,
  open,
}: {
  readonly platform: DeployedPlatform;
  readonly roster: Roster;
  readonly open: OpenPodStream;
}): Reach {
  const doors = createDoors();
  const pools: HttpPool[] = [];
  let turn = 0;

  /** @param choose the pod for this connection; undefined refuses it */
  const enter =
    (port: number, choose: () => Promise<PodFacts | undefined>) =>
    async (socket: Socket): Promise<void> => {
      const pod = await choose().catch(() => {
        // Without the API server there is no way to any pod either.
        return undefined;
      });
      if (pod === undefined) socket.resetAndDestroy();
      else await carry(socket, (events) => open(pod.name, port, events));
    };
  const portOf = (service: string, port: PortName) =>
    clusterPort(platform.topology, service, port, platform.proxies);

  return {
    instance: (service, ordinal, port) =>
      doors.open(
        `${instanceName(service, ordinal)} ${port}`,
        enter(portOf(service, port), async () => {
          const pod = (await roster.pods(service, { maxAgeMs })).get(ordinal);
          return pod?.isRunning === true ? pod : undefined;
        }),
      ),

    async service(service, port) {
      const door = await doors.open(
        `${service} ${port}`,
        enter(portOf(service, port), async () => {
          const pods = [...(await roster.pods(service, { maxAgeMs })).values()];
          const ready = pods.filter(({ isReady }) => isReady);
          turn += 1;
          return ready[turn % ready.length];
        }),
      );
      const pool = await createHttpPool(door);
      pools.push(pool);
      return pool.address;
    },

    async close() {
      await Promise.all(pools.map((pool) => pool.close()));
      await doors.close();
    },
  };
}
