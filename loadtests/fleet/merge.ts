import { isDeepStrictEqual } from 'node:util';
import type { AttemptRecord, HistorySource, PlannedShape, RunManifest } from '../../verdict/index.ts';

/** Histories that cannot be those of one run. */
export class MergeError extends Error {
  override readonly name = 'MergeError';
}

/** What is known of a run whose orders several generators shared, without asking any of them. */
export type SharedRun = {
  readonly runId: string;
  readonly seed: number;
  /** Of all generators together. */
  readonly planned: number;
  readonly shape?: PlannedShape;
  /**
   * When all of them were to begin, milliseconds since the Unix epoch by the clock of whoever told them. Their own clocks may
   * differ: of these only what passed since is taken.
   */
  readonly startedAtMs: number;
};

/**
 * The histories of generators that shared the orders of a run, as the one that a single generator would have left: its ledger,
 * percentiles and phases are those of the union. Pure, but for reading the parts.
 *
 * A part that is missing, or did not finish, leaves the whole unfinished: what it sent nobody knows, and the verdict is
 * INCONCLUSIVE.
 *
 * @param parts one for each generator, in the order of their shares; undefined for one that left nothing
 * @throws MergeError when nobody left anything, or a part is of another run or another share
 */
export function mergeHistories(run: SharedRun, parts: readonly (HistorySource | undefined)[]): HistorySource {
  const left = parts.filter((part) => part !== undefined);
  const [first] = left;
  if (first === undefined) throw new MergeError(`none of ${parts.length} generators left a history`);
  for (const [index, part] of parts.entries()) {
    if (part !== undefined) checkPart(part.manifest, first.manifest, { run, index, count: parts.length });
  }
  if (left.length === parts.length) checkPlan(run, left);
  const { client, clientId, rate, durationSeconds } = first.manifest;
  const finished = mergeEnds(
    run,
    parts.map((part) => part?.manifest),
  );
  return {
    manifest: {
      ...{ runId: run.runId, client, clientId, rate, durationSeconds },
      ...{ planned: run.planned, generators: parts.length, seed: run.seed, startedAtMs: run.startedAtMs },
      ...(run.shape === undefined ? {} : { shape: run.shape }),
      ...(finished === undefined ? {} : { finished }),
    },
    batches: () => chain(left),
  };
}

function checkPart(
  manifest: RunManifest,
  first: RunManifest,
  expected: { readonly run: SharedRun; readonly index: number; readonly count: number },
): void {
  const { run, index, count } = expected;
  const same = ({ client, clientId, rate, durationSeconds }: RunManifest) => {
    return { client, clientId, rate, durationSeconds };
  };
  const isOfRun = manifest.runId === run.runId && manifest.seed === run.seed;
  const isOfShare = isDeepStrictEqual(manifest.share, { index, count });
  if (isOfRun && isOfShare && isDeepStrictEqual(same(manifest), same(first))) return;
  throw new MergeError(
    `the history of generator ${index} of ${count} is not that of its share of run ${run.runId}: ` +
      JSON.stringify({
        runId: manifest.runId,
        seed: manifest.seed,
        share: manifest.share,
        ...same(manifest),
      }),
  );
}

/** What the parts planned must be what the run planned: an order that is nobody's would go unnoticed. */
function checkPlan(run: SharedRun, parts: readonly HistorySource[]): void {
  const sum = (of: (manifest: RunManifest) => number | undefined) =>
    parts.reduce((total, { manifest }) => total + (of(manifest) ?? 0), 0);
  const phases = run.shape?.phases ?? [];
  const isWhole =
    sum(({ planned }) => planned) === run.planned &&
    phases.every(({ planned }, at) => sum(({ shape }) => shape?.phases[at]?.planned) === planned);
  if (!isWhole) throw new MergeError(`the shares of run ${run.runId} do not add up to its plan`);
}

/** @returns undefined unless every generator lived to its end */
function mergeEnds(
  run: SharedRun,
  parts: readonly (RunManifest | undefined)[],
): RunManifest['finished'] | undefined {
  const ends = parts.flatMap((manifest) =>
    manifest?.finished === undefined
      ? []
      : [{ ...manifest.finished, tookMs: manifest.finished.endedAtMs - manifest.startedAtMs }],
  );
  if (ends.length < parts.length) return undefined;
  const sum = (of: 'attempted' | 'dropped' | 'cpuUs') => ends.reduce((total, end) => total + end[of], 0);
  return {
    endedAtMs: run.startedAtMs + Math.max(...ends.map(({ tookMs }) => tookMs)),
    ...{ attempted: sum('attempted'), dropped: sum('dropped'), cpuUs: sum('cpuUs') },
    wasInterrupted: ends.some(({ wasInterrupted }) => wasInterrupted),
  };
}

/**
 * One part after the other: whoever reads a history relies on no order of its records.
 * @throws MergeError for an order that was another generator's to send
 */
async function* chain(parts: readonly HistorySource[]): AsyncGenerator<readonly AttemptRecord[]> {
  for (const { manifest, batches } of parts) {
    const { index, count } = manifest.share ?? { index: 0, count: 1 };
    for await (const batch of batches()) {
      const stray = batch.find((record) => record.index % count !== index);
      if (stray !== undefined) {
        throw new MergeError(
          `generator ${index} of ${count} sent order ${stray.index}, which was not its own`,
        );
      }
      yield batch;
    }
  }
}
