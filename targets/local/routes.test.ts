import { expect, it } from 'vitest';
import { routesPastProxies } from './routes.ts';

const clusterPorts = [20_001, 20_004, 20_007];

it('finds the routes that a broker has dialled at another broker itself', () => {
  const proxied = { id: 1, peer: 'nats-1', remotePort: 20_020, messagesIn: 5 };
  const dialled = { id: 2, peer: 'nats-2', remotePort: 48_123, messagesIn: 5 };
  const direct = { id: 3, peer: 'nats-2', remotePort: 20_007, messagesIn: 5 };
  expect(routesPastProxies([proxied, dialled], clusterPorts)).toEqual([]);
  expect(routesPastProxies([proxied, dialled, direct], clusterPorts)).toEqual([direct]);
});
