import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { V1Node, V1Service } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { entrancesOf, firstAnswering } from './load-path.ts';

const nodes: readonly V1Node[] = [
  {
    status: {
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'Hostname', address: 'one' },
        { type: 'ExternalIP', address: '203.0.113.1' },
      ],
    },
  },
];
const port = { name: 'http', port: 8080, nodePort: 30_080 };

describe('the entrances of a Service', () => {
  const urls = (service: V1Service) => entrancesOf(service, 'http', nodes).map(({ url }) => url);

  test('are none inside the cluster only', () => {
    expect(urls({ spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 8080 }] } })).toEqual([]);
  });

  test('are the nodes, by addresses that lead there from outside first', () => {
    expect(urls({ spec: { type: 'NodePort', ports: [port] } })).toEqual([
      'http://203.0.113.1:30080',
      'http://10.0.0.1:30080',
    ]);
  });

  test('begin with the load balancer', () => {
    const status = { loadBalancer: { ingress: [{ hostname: 'lb.example' }, { ip: '2001:db8::1' }] } };
    expect(urls({ spec: { type: 'LoadBalancer', ports: [port] }, status }).slice(0, 2)).toEqual([
      'http://lb.example:8080',
      'http://[2001:db8::1]:8080',
    ]);
  });
});

test('the first entrance that the order service answers at is taken, not one where somebody else does', async () => {
  const serve = async (body: string) => {
    const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const stranger = await serve('<html>a router</html>');
  const order = await serve('{"paths":{"/v1/orders":{}}}');
  const entrance = (url: string) => ({ kind: 'NodePort' as const, url });
  const nobody = entrance('http://127.0.0.1:1');
  try {
    const found = await firstAnswering([nobody, entrance(stranger.url), entrance(order.url)]);
    expect(found?.url).toBe(order.url);
    expect(await firstAnswering([nobody, entrance(stranger.url)])).toBeUndefined();
  } finally {
    stranger.server.close();
    order.server.close();
  }
});
