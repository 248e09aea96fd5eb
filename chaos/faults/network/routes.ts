import { setTimeout as sleep } from 'node:timers/promises';
import { readRoutes } from '../../../targets/routes.ts';
import type { Target } from '../../../targets/target.ts';
import type { FaultRequests } from '../../core/fault.ts';

type Direction = FaultRequests['partition']['direction'];

/** A standing route as the broker at its receiving end sees it. */
export type Inflow = {
  readonly broker: string;
  readonly peer: string;
  /** Of the connection, at its receiving end. */
  readonly id: number;
  /** Since the connection stands. */
  readonly messages: number;
};

/** Leaders of JetStream groups tell their followers every second that they live, and are answered. */
const listenMs = 2_500;

/**
 * Listens for a while to what the brokers receive from each other.
 * @throws when a broker does not answer
 */
export async function listenToRoutes(
  target: Target,
): Promise<{ readonly before: readonly Inflow[]; readonly after: readonly Inflow[] }> {
  const before = await readInflows(target);
  await sleep(listenMs);
  return { before, after: await readInflows(target) };
}

/**
 * How many messages crossed a partition in the cut direction while somebody listened, by the brokers that received them.
 *
 * @param cut.towards what is sent to the broker counts; `from`: what it sends
 */
export function messagesAcross(
  { before, after }: { readonly before: readonly Inflow[]; readonly after: readonly Inflow[] },
  cut: { readonly instance: string; readonly direction: Direction },
): number {
  const { instance, direction } = cut;
  return after
    .filter(
      ({ broker, peer }) =>
        (broker === instance && direction !== 'from') || (peer === instance && direction !== 'towards'),
    )
    .reduce((sum, { broker, id, messages }) => {
      const earlier = before.find((one) => one.broker === broker && one.id === id);
      return sum + messages - (earlier?.messages ?? 0);
    }, 0);
}

/** The routes that are missing: each broker has one to each other. A broker that does not answer has none. */
export async function missingRoutes(target: Target): Promise<readonly string[]> {
  const { natsMonitor } = await target.addresses();
  const brokers = natsMonitor.map((_, ordinal) => `nats-${ordinal}`);
  const missing = await Promise.all(
    natsMonitor.map(async (monitor, ordinal) => {
      const routes = await readRoutes(monitor).catch(() => []);
      return brokers
        .filter((peer, other) => other !== ordinal && !routes.some((route) => route.peer === peer))
        .map((peer) => `nats-${ordinal} has no route to ${peer}`);
    }),
  );
  return missing.flat();
}

async function readInflows(target: Target): Promise<readonly Inflow[]> {
  const { natsMonitor } = await target.addresses();
  const all = await Promise.all(
    natsMonitor.map(async (monitor, ordinal) =>
      (await readRoutes(monitor)).map(({ id, peer, messagesIn }) => ({
        ...{ broker: `nats-${ordinal}`, peer, id, messages: messagesIn },
      })),
    ),
  );
  return all.flat();
}
