import type { V1Node, V1Service } from '@kubernetes/client-node';

/** A way to a Service from outside the cluster. */
export type Entrance = {
  readonly kind: 'LoadBalancer' | 'NodePort';
  /** Base URL. */
  readonly url: string;
};

const nodeAddressTypes = ['ExternalIP', 'InternalIP'];

/** More nodes than these are not tried: one that answers leads to all pods. */
const nodesMax = 3;

/**
 * The ways to the port of a Service that its type promises, the best first: a load balancer as customers have it, then a
 * node. Whether any of them leads there from here, only trying tells.
 */
export function entrancesOf(
  service: V1Service | undefined,
  portName: string,
  nodes: readonly V1Node[],
): readonly Entrance[] {
  const port = service?.spec?.ports?.find(({ name }) => name === portName);
  if (port === undefined) return [];
  const balancers = service?.status?.loadBalancer?.ingress ?? [];
  const { nodePort } = port;
  return [
    ...balancers.flatMap(({ ip, hostname }) => {
      const host = hostname ?? ip;
      return host === undefined ? [] : [{ kind: 'LoadBalancer' as const, url: urlOf(host, port.port) }];
    }),
    ...(nodePort === undefined
      ? []
      : addressesOf(nodes).map((host) => ({ kind: 'NodePort' as const, url: urlOf(host, nodePort) }))),
  ];
}

/** Addresses of nodes that can be reached from outside first. */
function addressesOf(nodes: readonly V1Node[]): readonly string[] {
  const some = nodes.slice(0, nodesMax).flatMap(({ status }) => status?.addresses ?? []);
  return nodeAddressTypes.flatMap((type) =>
    some.filter((address) => address.type === type).map(({ address }) => address),
  );
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const answerTimeoutMs = 1_500;

/**
 * The first entrance behind which the order service answers; all are tried at once, by a page that only that service
 * has: an address of a cluster may be somebody else's here.
 */
export async function firstAnswering(entrances: readonly Entrance[]): Promise<Entrance | undefined> {
  const answers = await Promise.all(
    entrances.map(({ url }) =>
      fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(answerTimeoutMs) }).then(
        async (response) => response.ok && (await response.text()).includes('/v1/orders'),
        () => false,
      ),
    ),
  );
  return entrances[answers.indexOf(true)];
}
