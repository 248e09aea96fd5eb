import { busyRetryMs } from '../runtime/index.ts';
import type { Batch } from './projection.ts';

/** How long messages gather before they are applied: a transaction costs more than the rows in it. */
const gatherMs = 20;

/**
 * Gathers what arrives within some milliseconds, so that messages share transactions, and applies it in turns of the
 * event loop that leave room for requests. While others hold the lock of the database, messages wait.
 */
export function createApplier(options: {
  readonly rowsPerTurn: number;
  readonly rowsWaitingMax: number;
  /** False when nothing could be applied for now. */
  readonly apply: (batches: readonly Batch[]) => boolean;
  readonly onError: (error: unknown) => void;
  /** Told after each turn how long after it was due it had applied its messages, milliseconds. */
  readonly onApplied: (waitedMs: number) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}) {
  const { now } = options;
  let waiting: Batch[] = [];
  /** When the turn that is scheduled should begin; nothing is scheduled while `waiting` is empty. */
  let dueAtMs = 0;
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
    try {
      if (!options.apply(batches)) {
        setTimeout(flush, busyRetryMs);
        return;
      }
    } catch (error) {
      isStopped = true;
      makeRoom();
      options.onError(error);
      return;
    }
    waiting = waiting.slice(count);
    rowsWaiting -= rows;
    options.onApplied(now() - dueAtMs);
    makeRoom();
    if (waiting.length === 0) return;
    dueAtMs = now();
    setImmediate(flush);
  };

  return {
    /** Resolves when there is room for another batch. */
    async add(batch: Batch): Promise<void> {
      rowsWaiting += batch.rows.length;
      if (waiting.push(batch) === 1) {
        dueAtMs = now() + gatherMs;
        setTimeout(flush, gatherMs);
      }
      if (rowsWaiting < options.rowsWaitingMax || isStopped) return;
      await new Promise<void>((resolve) => waitingForRoom.push(resolve));
    },
    stop(): void {
      isStopped = true;
      makeRoom();
    },
  };
}
