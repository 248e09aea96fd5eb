import { metrics } from '../../names/metrics.ts';
import { prometheusName } from '../../names/prometheus.ts';
import type { Board } from '../board.ts';
import { most, perSecond, sum } from '../expressions.ts';
import { lag } from './panels.ts';

export const jetstream: Board = {
  name: 'stormproof-jetstream',
  title: 'JetStream',
  description: 'Do the brokers hold everything, agree on it, and hand it on in time?',
  rows: [
    {
      title: 'Consumers',
      panels: [
        lag,
        {
          title: 'Given and not acknowledged',
          description: 'At the most that a consumer may hold, nothing more is handed out.',
          kind: 'lines',
          unit: 'messages',
          queries: [{ expr: most(metrics.consumerAckPending, { by: ['consumer'] }), legend: '{{consumer}}' }],
          needs: 'orders',
        },
        {
          title: 'Redelivered',
          description: 'Messages that came more than once: now unacknowledged, and received per second.',
          kind: 'lines',
          unit: 'messages',
          queries: [
            {
              expr: most(metrics.consumerRedelivered, { by: ['consumer'] }),
              legend: '{{consumer}}, unacknowledged',
            },
            { expr: perSecond(metrics.redeliveries), legend: 'payment, per second' },
          ],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'Agreement',
      panels: [
        {
          title: 'Leaders',
          description: 'Which broker leads each stream. A gap is an election, in which nothing is stored.',
          kind: 'states',
          unit: 'short',
          queries: [
            {
              expr: `${most(metrics.streamLeader, { by: ['stream', 'broker'] })} == 1`,
              legend: '{{stream}} {{broker}}',
            },
          ],
          needs: 'orders',
        },
        {
          title: 'Replicas that are current',
          description: 'All of them; with one less, one more loss halts the stream.',
          kind: 'lines',
          unit: 'short',
          queries: [
            {
              expr: `min by (stream) (${prometheusName(metrics.streamReplicasCurrent)})`,
              legend: '{{stream}}',
            },
          ],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'Storage',
      panels: [
        {
          title: 'Written',
          description: 'Messages that each stream took in. Groups count, not orders.',
          kind: 'lines',
          unit: 'messages/s',
          queries: [
            {
              expr: `max by (stream) (deriv(${prometheusName(metrics.streamLastSequence)}[$__rate_interval]))`,
              legend: '{{stream}}',
            },
          ],
          needs: 'orders',
        },
        {
          title: 'Held',
          description: 'Bytes of one replica.',
          kind: 'lines',
          unit: 'bytes',
          queries: [{ expr: most(metrics.streamSize, { by: ['stream'] }), legend: '{{stream}}' }],
          needs: 'orders',
        },
        {
          title: 'Full to',
          description: 'A stream that is nearly full makes order refuse new orders, before any is lost.',
          kind: 'lines',
          unit: 'percentunit',
          queries: [{ expr: most(metrics.streamFill, { by: ['stream'] }), legend: '{{stream}}' }],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'Brokers',
      panels: [
        {
          title: 'Up',
          description: 'Whether the monitoring endpoint of each broker answers.',
          kind: 'states',
          unit: 'short',
          queries: [{ expr: most(metrics.brokerUp, { by: ['broker'] }), legend: '{{broker}}' }],
          needs: 'orders',
        },
        {
          title: 'Routes and clients',
          description: 'Other brokers that each one is connected to, and its clients.',
          kind: 'lines',
          unit: 'short',
          queries: [
            { expr: most(metrics.brokerPeers, { by: ['broker'] }), legend: '{{broker}} routes' },
            { expr: most(metrics.brokerConnections, { by: ['broker'] }), legend: '{{broker}} clients' },
          ],
          needs: 'orders',
        },
        {
          title: 'Memory',
          description: 'Resident memory of each broker.',
          kind: 'lines',
          unit: 'bytes',
          queries: [{ expr: sum(metrics.brokerMemory, { by: ['broker'] }), legend: '{{broker}}' }],
          needs: 'orders',
        },
      ],
    },
  ],
};
