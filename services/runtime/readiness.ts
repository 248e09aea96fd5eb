/**
 * What a service still lacks before it may be sent work. Each part reports under its own name; the service is ready
 * when nothing is missing.
 */
export type Readiness = {
  /** Says that a part is missing, with the reason a person reads at `/readyz`. */
  lack(part: string, reason: string): void;
  /** Says that a part is there. */
  have(part: string): void;
  /** From now on never ready again: the service is shutting down. */
  drain(): void;
  isDraining(): boolean;
  /** The reasons, in the order of first mention; empty when ready. */
  missing(): readonly string[];
};

/** @param parts what must be reported as there before the service is ready */
export function createReadiness(parts: readonly string[]): Readiness {
  const lacking = new Map(parts.map((part) => [part, `${part}: not started`]));
  let draining = false;
  return {
    lack: (part, reason) => void lacking.set(part, `${part}: ${reason}`),
    have: (part) => void lacking.delete(part),
    drain: () => {
      draining = true;
    },
    isDraining: () => draining,
    missing: () => (draining ? ['shutting down', ...lacking.values()] : [...lacking.values()]),
  };
}
