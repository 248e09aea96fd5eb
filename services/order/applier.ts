import type { Batch } from './projection.ts';

/** How long messages gather before they are applied: a transaction costs more than the rows in it. */
const gatherMs = 20;

/**
 * Gathers what arrives within some milliseconds, so that messages share transactions, and applies it in turns of the
 * event loop that leave room for requests.
 */
export function createApplier(options: {
  readonly rowsPerTurn: number;
  readonly rowsWaitingMax: number;
  readonly apply: (batches: readonly Batch[]) => void;
  readonly onError: (error: unknown) => void;
}) {
  let waiting: Batch[] = [];
  /** Rows in `waiting`. */
  let rowsWaiting = 0;
  /** Resolve when `rowsWaiting` is below its bound again, or nothing is applied any more. */
  let waitingForRoom: (() => void)[] = [];
  let isStopped = false;

  const makeRoom = (): void => {
    if (rowsWaiting >= options.rowsWaitingMax && !isStopped) return;
    for (const resolve of waitingForRoom) resolve();
    waitingForRoom = [];
  };

  const flush = (): void => {
    if (isStopped) return;
    let rows = 0;
    let count = 0;
    while (count < waiting.length && rows < options.rowsPerTurn) rows += waiting[count++]?.rows.length ?? 0;
    const batches = waiting.slice(0, count);
    waiting = waiting.slice(count);
    rowsWaiting -= rows;
    try {
      options.apply(batches);
    } catch (error) {
      isStopped = true;
      makeRoom();
      options.onError(error);
      return;
    }
    makeRoom();
    if (waiting.length > 0) setImmediate(flush);
  };

  return {
    /** Resolves when there is room for another batch. */
    async add(batch: Batch): Promise<void> {
      rowsWaiting += batch.rows.length;
      if (waiting.push(batch) === 1) setTimeout(flush, gatherMs);
      if (rowsWaiting < options.rowsWaitingMax || isStopped) return;
      await new Promise<void>((resolve) => waitingForRoom.push(resolve));
    },
    stop(): void {
      isStopped = true;
      makeRoom();
    },
  };
}
