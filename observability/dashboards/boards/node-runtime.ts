import { metrics } from '../../names/metrics.ts';
import type { Board } from '../board.ts';
import { perSecond, quantile, sum } from '../expressions.ts';
import { eventLoop } from './panels.ts';

export const nodeRuntime: Board = {
  name: 'stormproof-node-runtime',
  title: 'Node runtime',
  description: 'Is any process of ours short of CPU or memory, or waiting for its database?',
  rows: [
    {
      title: 'Processes',
      panels: [
        {
          title: 'CPU',
          description: 'Cores that each instance keeps busy.',
          kind: 'lines',
          unit: 'short',
          queries: [
            { expr: perSecond(metrics.processCpuTime, { by: ['instance'] }), legend: '{{instance}}' },
          ],
          needs: 'orders',
        },
        eventLoop,
        {
          title: 'Memory',
          description: 'Resident memory of each instance.',
          kind: 'lines',
          unit: 'bytes',
          queries: [{ expr: sum(metrics.processMemoryUsage, { by: ['instance'] }), legend: '{{instance}}' }],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'Database contention',
      panels: [
        {
          title: 'Wait for a database',
          description:
            "How long a change of a service's own database takes once it is due. It rises when others hold the database or its disk is slow, before customers notice.",
          kind: 'lines',
          unit: 's',
          queries: [0.5, 0.99].map((share) => ({
            expr: quantile(share, metrics.databaseWait, { by: ['database'] }),
            legend: `p${share * 100} {{database}}`,
          })),
          needs: 'orders',
        },
        {
          title: 'Changes',
          description: 'How often each database is changed; what arrives together is changed together.',
          kind: 'lines',
          unit: 'requests/s',
          queries: [{ expr: perSecond(metrics.databaseWait, { by: ['database'] }), legend: '{{database}}' }],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'CPU by mode',
      panels: [
        {
          title: 'User and system',
          description:
            'Where the cores go, by service. Much system time is much talk with kernel and network.',
          kind: 'lines',
          unit: 'short',
          queries: [
            {
              expr: perSecond(metrics.processCpuTime, { by: ['job', 'cpu_mode'] }),
              legend: '{{job}} {{cpu_mode}}',
            },
          ],
          needs: 'orders',
        },
      ],
    },
  ],
};
