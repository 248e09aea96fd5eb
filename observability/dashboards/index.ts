/**
 * Grafana's dashboards. A board is data in a file of `boards/`: questions to Prometheus in the registry's names and how
 * the answers are read. `generate.ts` makes Grafana's JSON of it, which is kept in `gen/` so that neither `up` nor `render` needs
 * Grafana's builders, and so that anybody can import a file into a Grafana of their own.
 *
 * A test says when a board and its file differ; `npm run test:unit -- observability/dashboards -u` writes the files anew.
 */
import chaos from './gen/stormproof-chaos.json' with { type: 'json' };
import jetstream from './gen/stormproof-jetstream.json' with { type: 'json' };
import loadTest from './gen/stormproof-load-test.json' with { type: 'json' };
import nodeRuntime from './gen/stormproof-node-runtime.json' with { type: 'json' };
import orderFlow from './gen/stormproof-order-flow.json' with { type: 'json' };
import overview from './gen/stormproof-overview.json' with { type: 'json' };
import payment from './gen/stormproof-payment.json' with { type: 'json' };
import telemetry from './gen/stormproof-telemetry.json' with { type: 'json' };

/** Every dashboard as Grafana takes it. */
export const dashboards: readonly { readonly uid: string; readonly title: string }[] = [
  overview,
  orderFlow,
  jetstream,
  payment,
  nodeRuntime,
  loadTest,
  chaos,
  telemetry,
];
