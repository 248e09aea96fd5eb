import type { Topology } from '../../../topology/model.ts';

/** One service, its clients, and nothing else: no brokers, no telemetry. */
export const ticketsTopology: Topology = {
  brokers: { replicas: 0, syncInterval: 'always', isColocated: true, maxPayloadBytes: 1024 ** 2 },
  streams: [],
  consumers: [],
  services: [
    {
      name: 'tickets',
      main: 'docs/examples/own-service/tickets.mjs',
      replicas: { local: 1, kubernetes: 1 },
      listeners: ['http', 'admin'],
      isStateful: true,
    },
  ],
  edges: [{ from: 'client', to: 'tickets', protocol: 'http', deadlineMs: 1_000 }],
};
