import { baselineName } from '../arms.ts';
import type { MeasuredCosts } from '../capacity-model.ts';
import type { BenchResults } from '../results.ts';
import {
  bytesOf,
  type Choose,
  capacity,
  cpuOf,
  differenceOfArms,
  measuredTurns,
  ordersPerMessageAtCapacity,
  seriesOf,
  spreadOfSeries,
} from './figures.ts';

/**
 * What the model needs of a run of the benchmark.
 *
 * @returns undefined when the baseline has no figures at the rate that the platform is to carry: at a low rate an order costs what
 *   waiting processes cost
 */
export function costsIn(results: BenchResults): MeasuredCosts | undefined {
  const median = (pick: Choose, arm: Parameters<typeof seriesOf>[1] = baselineName) =>
    spreadOfSeries(seriesOf(results, arm, pick))?.median;
  const cpu = (group: Parameters<typeof cpuOf>[1]) => median(cpuOf('atTarget', group)) ?? 0;
  const orderUs = median(cpuOf('atTarget', 'order'));
  const streamBytes = median(bytesOf('streams'));
  const ordersPerMessage = median(ordersPerMessageAtCapacity);
  const [turn] = measuredTurns(results, baselineName);
  const { targetRate } = results.settings;
  if (orderUs === undefined || streamBytes === undefined || ordersPerMessage === undefined) return undefined;
  if (turn === undefined || targetRate === undefined) return undefined;
  const { streamReplicas } = turn.facts;
  const projectionUs = differenceOfArms(
    results,
    'two-replicas',
    baselineName,
    cpuOf('atTarget', 'order'),
  )?.median;
  return {
    ...{ rate: targetRate, orderUs, paymentUs: cpu('payment'), pspUs: cpu('psp'), brokersUs: cpu('brokers') },
    ...{ telemetryUs: cpu('telemetry'), generatorUs: cpu('recorder') },
    // What is lost in the noise is not known.
    projectionUs: projectionUs !== undefined && projectionUs > 0 ? projectionUs : undefined,
    ...{ ordersPerMessage, streamBytesPerCopy: streamBytes / streamReplicas, streamReplicas },
    fsyncMs: results.machine.disk.fsyncMs.p50,
    streamOrdersPerSecond: median(capacity, 'ceiling-grouped'),
  };
}
