import type { RunManifest } from '../history.ts';
import type { RunReport } from '../report/model.ts';
import type { Pair } from './noise.ts';

/** What ought to be the same in two runs that are compared. */
const conditions: Readonly<Record<string, (run: RunReport) => string>> = {
  'what was run': ({ kind }) => kind,
  target: ({ target }) => target,
  platform: ({ topology, deviations = [] }) => [topology, ...deviations].join(', '),
  load: ({ load }) => (load === undefined ? 'none' : describeLoad(load.manifest)),
  faults: ({ faults }) => faults.map(({ name }) => name).join(', ') || 'none',
  cores: ({ machine }) => String(machine.cores),
};

/** `black-friday, 500/s for 17.5 s by k6, 10 orders in a request`; phases of the same shape may still differ. */
function describeLoad({
  rate,
  durationSeconds,
  client,
  shape,
  ordersPerRequest,
  generators,
}: RunManifest): string {
  const rates = shape?.phases.map((phase) => [phase.startRate, phase.endRate, phase.durationMs].join('/'));
  return [
    ...(shape === undefined ? [] : [shape.name]),
    `${rate}/s for ${durationSeconds} s by ${generators === undefined ? client : `${generators} ${client}s`}`,
    ...(ordersPerRequest === undefined ? [] : [`${ordersPerRequest} orders in a request`]),
    ...(rates === undefined ? [] : [`phases ${rates.join(' ')}`]),
  ].join(', ');
}

/** In how far the runs are not alike, and whether the machine had other work. */
export function caveatsOf({ a, b }: Pair<RunReport>): readonly string[] {
  const unlike = Object.entries(conditions).flatMap(([what, describe]) => {
    const [inA, inB] = [describe(a), describe(b)];
    return inA === inB ? [] : [`${what} differs: ${inA}; then ${inB}`];
  });
  const busy = [a, b].flatMap(({ runId, machine: { cores, loadAverageBefore: before } }) =>
    // More than half of the machine was taken before the run began to use it.
    before > cores / 2
      ? [
          `the machine was busy before ${runId} (load average ${before.toFixed(2)}, ${cores} cores): time and CPU may be its`,
        ]
      : [],
  );
  return [...unlike, ...busy];
}
