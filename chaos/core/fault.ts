import type { Target } from '../../targets/target.ts';
import type { Json } from '../../verdict/index.ts';

/** What a fault acts on, fully resolved: plain data, so that any process can heal it from the journal alone. */
export type Victim = { readonly [key: string]: Json };

/** Whether a fault took effect, measured by something other than the injector. */
export type Proof = {
  readonly acted: boolean;
  /** What was measured, for a person: `payment-psp answered after 2,004 ms (before: 3 ms)`. */
  readonly measurement: string;
};

/** Watches a victim from before the injection until the proof is asked for. */
export type Observation = {
  /** Called while the fault holds. */
  prove(): Promise<Proof>;
};

/**
 * A kind of fault: how to choose its victim, break it, heal it, and tell that it broke.
 *
 * A new kind is one file in chaos/faults and a row in chaos/faults/index.ts.
 */
export type FaultKind<Request> = {
  /** The word that experiments, journals and metrics use: `kill`. */
  readonly name: string;
  /**
   * Chooses the victim now, as the target is now (who leads the stream, which proxies an edge has).
   * @throws TargetError or FaultError when there is none, or the request is out of range
   */
  resolve(target: Target, request: Request): Promise<Victim>;
  /** `kill nats-1 (leads ORDERS)`. */
  describe(victim: Victim): string;
  /** What it acts on, without what it does: `nats-1 (leads ORDERS)`, `payment-psp`. */
  subject(victim: Victim): string;
  /** Takes the measurements before the injection that the proof compares with. */
  observe(target: Target, victim: Victim): Promise<Observation>;
  inject(target: Target, victim: Victim): Promise<void>;
  /** Brings the victim back. Safe to repeat, and to call when the injection never happened or happened in part. */
  heal(target: Target, victim: Victim): Promise<void>;
  /** @returns what is still wrong with the victim; empty when the rollback is verified */
  residue(target: Target, victim: Victim): Promise<readonly string[]>;
};

/** A fault that an experiment asks for: a kind with a request that fits it. */
export type FaultRequest = {
  readonly [K in keyof FaultRequests]: { readonly fault: K; readonly request: FaultRequests[K] };
}[keyof FaultRequests];

/** The requests of all kinds, by name; ranges are checked by `resolve`. */
export type FaultRequests = {
  /** SIGKILL one process. It stays down until healed. */
  readonly kill: {
    /** An instance (`payment-0`), or who leads a stream now. */
    readonly instance: string | { readonly leaderOf: string };
  };
  /** Delays what an edge's callee answers. */
  readonly latency: {
    readonly edge: string;
    /** 1 to 60,000. */
    readonly latencyMs: number;
    /** 0 to latencyMs; default 0. */
    readonly jitterMs?: number;
  };
  /** Lets connections of an edge stand but passes no byte in either direction. */
  readonly stall: { readonly edge: string };
};

/** A fault that cannot be injected as asked. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}
