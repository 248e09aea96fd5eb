import CircuitBreaker from 'opossum';
import { RemoteError } from './errors.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a call gets while the breaker lets none through: definite, the remote was not asked. */
export class BreakerOpenError extends RemoteError {
  constructor(cause: unknown) {
    super('breaker-open', 'the circuit breaker is open', { isDefinite: true, cause });
  }
}

/** A circuit breaker around calls to one remote. */
export type Breaker = {
  /**
   * Makes a call. What it throws counts as a failure and is thrown on.
   * @throws BreakerOpenError without calling while the breaker is open, or half-open with its one trial under way
   */
  call<T>(action: () => Promise<T>): Promise<T>;
  state(): BreakerState;
  /** Calls back with each change, after it happened. */
  onChange(listener: (state: BreakerState) => void): void;
  /** Stops its timers; no call may follow. */
  shutdown(): void;
};

/**
 * A breaker that opens when more than `failuresMax` calls in a row have failed, and lets one trial call through after
 * `resetMs`.
 *
 * opossum decides by error rate over a window; a rate cannot say "in a row", so its own rule is switched off (a
 * volume threshold no window reaches) and it is opened from here. Its half-open rule is kept: one trial decides.
 *
 * @param options.failuresMax default 5: it opens on the sixth failure
 * @param options.resetMs default 15,000
 */
export function createBreaker(options: {
  readonly name: string;
  readonly failuresMax?: number;
  readonly resetMs?: number;
}): Breaker {
  const failuresMax = options.failuresMax ?? 5;
  const circuit = new CircuitBreaker(async (action: () => Promise<unknown>) => action(), {
    name: options.name,
    timeout: false,
    resetTimeout: options.resetMs ?? 15_000,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  let failuresInARow = 0;
  circuit.on('success', () => {
    failuresInARow = 0;
  });
  circuit.on('failure', () => {
    failuresInARow += 1;
    if (failuresInARow > failuresMax && circuit.closed) circuit.open();
  });
  circuit.on('close', () => {
    failuresInARow = 0;
  });
  const state = (): BreakerState => (circuit.opened ? 'open' : circuit.halfOpen ? 'half-open' : 'closed');
  return {
    async call<T>(action: () => Promise<T>): Promise<T> {
      try {
        return (await circuit.fire(action)) as T;
      } catch (error) {
        throw isRejection(error) ? new BreakerOpenError(error) : error;
      }
    },
    state,
    onChange(listener) {
      circuit.on('open', () => listener(state()));
      circuit.on('halfOpen', () => listener(state()));
      circuit.on('close', () => listener(state()));
    },
    shutdown: () => circuit.shutdown(),
  };
}

function isRejection(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EOPENBREAKER' || error.code === 'ESHUTDOWN')
  );
}
