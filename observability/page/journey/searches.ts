import type { OrderSearch } from './find.ts';

/** Too many readers look for orders at the same moment. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  readonly code = 'busy';
  readonly retryAfterSeconds = 1;
}

/** Looks for orders on behalf of many readers, without asking more than the stores behind it can bear. */
export type Searches = {
  /**
   * What is known of an order; that of seconds ago where it was looked for then.
   * @throws BusyError (rejects) while as many searches go on as may
   */
  find(id: string): Promise<OrderSearch>;
};

/** An order that is on its way is another one some seconds later. */
const keepMs = 5_000;
const keptMax = 256;
/** Each asks Jaeger three times, and the brokers for some megabytes. */
const concurrentMax = 4;

/**
 * Shares searches: those for the same order at the same time are one, and its result is kept for 5 s unless somebody could
 * not be asked.
 */
export function createSearches(options: {
  readonly find: (id: string) => Promise<OrderSearch>;
  readonly nowMs: () => number;
}): Searches {
  const { find, nowMs } = options;
  /** The oldest first; at most `keptMax`. */
  const kept = new Map<string, { readonly result: OrderSearch; readonly atMs: number }>();
  const running = new Map<string, Promise<OrderSearch>>();

  const search = async (id: string): Promise<OrderSearch> => {
    try {
      const result = await find(id);
      kept.delete(id);
      if (result.failures.length === 0) kept.set(id, { result, atMs: nowMs() });
      const [oldest] = kept.keys();
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      return result;
    } finally {
      running.delete(id);
    }
  };
  return {
    async find(id) {
      const known = kept.get(id);
      if (known !== undefined && nowMs() - known.atMs < keepMs) return known.result;
      const same = running.get(id);
      if (same !== undefined) return same;
      if (running.size >= concurrentMax)
        throw new BusyError(`${running.size} orders are being looked for already; ask again in a second`);
      const started = search(id);
      running.set(id, started);
      return started;
    },
  };
}
