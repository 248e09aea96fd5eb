import type { Target } from '../../targets/target.ts';
import type { EdgeSpec } from '../../topology/index.ts';
import type { Json } from '../../verdict/index.ts';
import type { VariantName } from '../variants/index.ts';
import { fillParameters, type Parameters, parameterProblems } from './parameters.ts';

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

/** What a kind of fault can act on. */
export type Scope =
  | { readonly kind: 'edge'; readonly protocols: readonly EdgeSpec['protocol'][] }
  /** Instances of these services and backends. */
  | { readonly kind: 'service'; readonly services: readonly string[] | 'any' };

/**
 * A kind of fault: how to choose its victim, break it, heal it, and tell that it broke.
 *
 * A new kind is one file in chaos/faults and a row in chaos/faults/index.ts.
 */
export type FaultKind<Request> = {
  /** The word that experiments, journals and metrics use: `kill`. */
  readonly name: string;
  /** The numbers of a request; whatever else it has says what to act on. */
  readonly parameters: Parameters;
  readonly actsOn: Scope;
  /**
   * Chooses the victim now, as the target is now (who leads the stream, which proxies an edge has).
   *
   * @param request its numbers are complete and within their ranges
   * @throws TargetError or FaultError when there is none
   */
  resolve(target: Target, request: Required<Request>): Promise<Victim>;
  /** `kill nats-1 (leads ORDERS)`. */
  describe(victim: Victim): string;
  /** What it acts on, without what it does: `nats-1 (leads ORDERS)`, `payment-psp`. */
  subject(victim: Victim): string;
  /** The instances that do not work while it holds; counted against the blast radius. */
  disables(victim: Victim): readonly string[];
  /** Takes the measurements before the injection that the proof compares with. */
  observe(target: Target, victim: Victim): Promise<Observation>;
  inject(target: Target, victim: Victim): Promise<void>;
  /**
   * Brings the victim back. Safe to repeat, also beside another that heals it, and to call when the injection never happened
   * or happened in part. Faults that hold together are healed at the same time.
   */
  heal(target: Target, victim: Victim): Promise<void>;
  /** @returns what is still wrong with the victim; empty when the rollback is verified */
  residue(target: Target, victim: Victim): Promise<readonly string[]>;
};

/** A fault that an experiment asks for: a kind with a request that fits it. */
export type FaultRequest = {
  readonly [K in keyof FaultRequests]: { readonly fault: K; readonly request: FaultRequests[K] };
}[keyof FaultRequests];

/** The requests of all kinds, by name. What each does stands in its file in chaos/faults. */
export type FaultRequests = {
  readonly kill: { readonly instance: InstanceChoice };
  readonly pause: { readonly instance: InstanceChoice };
  readonly 'slow-start': { readonly instance: InstanceChoice };
  /** Every instance of a service or backend, one after the other. */
  readonly 'rolling-restart': { readonly service: string };
  readonly 'step-down': { readonly stream: string };
  readonly 'stream-full': { readonly stream: string };
  readonly 'publish-ack-lost': { readonly edge: 'order-nats' };
  readonly 'ack-lost-after-charge': { readonly edge: 'payment-nats' };
  readonly redelivery: { readonly groups?: number };
  readonly poison: Record<never, never>;
  readonly contradiction: Record<never, never>;
  readonly latency: { readonly edge: string; readonly latencyMs: number; readonly jitterMs?: number };
  readonly jitter: { readonly edge: string; readonly spreadMs: number };
  readonly bandwidth: { readonly edge: string; readonly rateKbps: number };
  readonly slicer: { readonly edge: string; readonly pieceBytes: number; readonly pauseUs?: number };
  readonly stall: { readonly edge: string };
  readonly 'half-open': { readonly edge: string };
  readonly reset: { readonly edge: string };
  /** One broker from the others: what it sends, what is sent to it, or both. */
  readonly partition: {
    readonly broker: InstanceChoice;
    readonly direction: 'both' | 'from' | 'towards';
  };
  readonly 'provider-slow': { readonly latencyMs: number };
  readonly 'provider-late': { readonly latencyMs: number };
  readonly 'provider-errors': { readonly share: number };
  readonly 'provider-declines': { readonly share: number };
  readonly 'provider-lies': { readonly share: number };
  readonly 'charge-without-order': Record<never, never>;
  readonly 'power-loss': {
    readonly brokers: InstanceChoice | 'all';
    /** Whether a part of what was not synced stays, as if it had been written back just before. */
    readonly isTorn?: boolean;
  };
  readonly 'disk-full': { readonly instance: InstanceChoice; readonly leftKib?: number };
  readonly 'disk-errors': {
    readonly instance: InstanceChoice;
    readonly operation: 'read' | 'write' | 'fsync';
    /** Limits it to files whose path on the disk has this part. */
    readonly pathContains?: string;
  };
  readonly 'slow-fsync': { readonly instance: InstanceChoice; readonly delayMs: number };
  readonly 'bit-flip': { readonly instance: InstanceChoice; readonly stream: string; readonly at?: number };
  /** An instance as another version of its service (chaos/variants). */
  readonly 'restart-as': { readonly instance: string; readonly variant: VariantName };
  /** A process gets only a share of the time. */
  readonly 'cpu-squeeze': { readonly instance: InstanceChoice; readonly share: number };
  /** Another process holds the write lock of the database that an instance keeps, again and again. */
  readonly 'database-contention': { readonly instance: string; readonly lockMs?: number };
};

/** An instance by its name (`payment-0`), or the broker that leads a stream now. */
export type InstanceChoice = string | { readonly leaderOf: string };

/**
 * A request with its defaults.
 * @throws FaultError that names every number that is missing, unknown or out of range
 */
export function completeRequest<Request extends object>(
  kind: Pick<FaultKind<Request>, 'name' | 'parameters'>,
  request: Request,
): Required<Request> {
  const numbers = Object.fromEntries(
    Object.entries(request).filter(([, value]) => typeof value === 'number'),
  );
  const problems = parameterProblems(kind.parameters, numbers);
  if (problems.length > 0)
    throw new FaultError(`${kind.name} cannot be injected so:\n${problems.join('\n')}`);
  return { ...request, ...fillParameters(kind.parameters, numbers) } as Required<Request>;
}

/** A fault that cannot be injected as asked. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}
