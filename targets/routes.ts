/** A standing connection between two brokers, as one of them sees it. */
export type Route = {
  /** Tells it from other connections of the same broker. */
  readonly id: number;
  /** The broker at its other end. */
  readonly peer: string;
  /** Where the connection comes from or goes to, whichever of the two dialled. */
  readonly remotePort: number;
  /** Messages that came from the peer since it stands. */
  readonly messagesIn: number;
};

const timeoutMs = 2_000;

/**
 * The routes of a broker, by its own account (`/routez` of nats-server).
 *
 * @param monitor base URL of its monitoring endpoint
 * @throws when it does not answer
 */
export async function readRoutes(monitor: string): Promise<readonly Route[]> {
  const response = await fetch(`${monitor}/routez`, { signal: AbortSignal.timeout(timeoutMs) });
  const { routes } = (await response.json()) as { readonly routes?: readonly RouteAnswer[] };
  return (routes ?? []).map((route) => ({
    id: route.rid,
    peer: route.remote_name,
    remotePort: route.port,
    messagesIn: route.in_msgs,
  }));
}

type RouteAnswer = {
  readonly rid: number;
  readonly remote_name: string;
  readonly port: number;
  readonly in_msgs: number;
};
