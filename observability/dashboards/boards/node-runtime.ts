import { metrics } from '../../names/metrics.ts';
import type { Board } from '../board.ts';
import { perSecond, sum } from '../expressions.ts';
import { eventLoop } from './panels.ts';

export const nodeRuntime: Board = {
  name: 'stormproof-node-runtime',
  title: 'Node runtime',
  description: 'Is any process of ours short of CPU or memory?',
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
