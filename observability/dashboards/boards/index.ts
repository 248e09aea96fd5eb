import type { Board } from '../board.ts';
import { chaos } from './chaos.ts';
import { jetstream } from './jetstream.ts';
import { loadTest } from './load-test.ts';
import { nodeRuntime } from './node-runtime.ts';
import { orderFlow } from './order-flow.ts';
import { overview } from './overview.ts';
import { payment } from './payment.ts';
import { telemetry } from './telemetry.ts';

/** Every dashboard, as Grafana is to list them. */
export const boards: readonly Board[] = [
  overview,
  orderFlow,
  jetstream,
  payment,
  nodeRuntime,
  loadTest,
  chaos,
  telemetry,
];
