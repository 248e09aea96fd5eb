import {
  excuseOf,
  type FlatLoad,
  flatShape,
  judgeRun,
  judgeSteady,
  steadySizes,
} from '../loadtests/proofs/index.ts';
import { instanceName, type Topology } from '../topology/index.ts';
import { type RunReport, totalMs } from '../verdict/index.ts';
import { createRecorder } from './generators.ts';
import { planLoadOf } from './load.ts';
import { type ObservedRun, observe } from './proof-observe.ts';
import { loadOfShape, type ProofPlatform } from './proof-platform.ts';
import type { Proven } from './proof-result.ts';

/** Single orders at one rate by the recorder: latency, settlement, memory and CPU, and every order accounted for. */
export async function proveSteady(platform: ProofPlatform): Promise<Proven> {
  const size = steadySizes[platform.size];
  const seen = await observeFlat(platform, 'steady', size, { watchesSettlement: true });
  const { report, machine, cpuUsPerOrder, memory, settlementP99Ms } = seen;
  const checks = judgeSteady(
    {
      ...{ load: report.load, settlementP99Ms, cpuUsPerOrder, memory },
      memorySpan: lastSeconds(report, size.memorySeconds),
      memoryLimits: memoryLimitsOf(platform.target.topology),
    },
    'steady',
  );
  return {
    checks: [...judgeRun(report), ...checks],
    runs: [report],
    excuse: excuseOf([report], [machine]),
  };
}

/** Sends a load of one rate by the recorder, and looks at the platform meanwhile. */
export function observeFlat(
  platform: ProofPlatform,
  name: string,
  load: FlatLoad,
  options: Parameters<typeof observe>[3] = {},
): Promise<ObservedRun> {
  const experiment = planLoadOf(loadOfShape(flatShape(name, load)));
  return observe(platform, experiment, createRecorder, options);
}

/** The end of a load that has a shape, milliseconds since the Unix epoch. */
export function lastSeconds(
  { load, startedAtMs }: Pick<RunReport, 'load' | 'startedAtMs'>,
  seconds: number,
): { readonly fromMs: number; readonly toMs: number } {
  const { shape } = load?.manifest ?? {};
  const toMs = (load?.manifest.startedAtMs ?? startedAtMs) + (shape === undefined ? 0 : totalMs(shape));
  return { fromMs: toMs - seconds * 1_000, toMs };
}

/** Bytes that instances are limited to where the place limits them, as the topology has it. */
function memoryLimitsOf({ services }: Topology): ReadonlyMap<string, number> {
  return new Map(
    services.flatMap(({ name, replicas, resources }) => {
      if (resources === undefined) return [];
      const bytes = resources.memoryMib * 2 ** 20;
      return Array.from({ length: replicas.local }, (_, at) => [instanceName(name, at), bytes] as const);
    }),
  );
}
