import { ProblemError } from '../runtime/index.ts';

/** What decides whether new orders are taken. */
export type Situation = {
  /** What the service lacks, as `/readyz` says it; empty when it is ready. */
  readonly missing: readonly string[];
  /** The streams that an order needs, with the share of their bytes that is used. */
  readonly fills: ReadonlyMap<string, number>;
  /** Messages of the orders stream that the projection has not applied. */
  readonly projectionLag: number;
  /** How long new orders have been refused without a break, milliseconds. */
  readonly refusingForMs: number;
};

export type AdmissionLimits = { readonly streamFillMax: number; readonly projectionLagMax: number };

/**
 * Whether a new order must be refused before anything is done about it, so that it is definitely not stored.
 *
 * An order that is taken must be able to settle, hence outcomes and dead letters count too; and its key must soon be
 * known, hence the lag.
 */
export function refusalOf(situation: Situation, limits: AdmissionLimits): ProblemError | undefined {
  const later = retryAfterSeconds(situation.refusingForMs);
  if (situation.missing.length > 0) {
    return refuse('not-ready', `not ready: ${situation.missing.join('; ')}`, later);
  }
  for (const [stream, fill] of situation.fills) {
    if (fill > limits.streamFillMax) {
      return refuse('stream-nearly-full', `the stream ${stream} is ${Math.floor(fill * 100)} % full`, 10);
    }
  }
  if (situation.projectionLag > limits.projectionLagMax) {
    return refuse('projection-behind', `the projection is ${situation.projectionLag} messages behind`, later);
  }
  return undefined;
}

/** Long enough to spread a crowd, short enough that customers still wait for it. */
const retryAfterSecondsMax = 10;

/**
 * When those who are refused may come back. The longer nobody was taken, the more of them wait; each waits a quarter of that
 * time, so that however long it lasts repeats come about four times as often as new orders, and cannot overwhelm the service
 * just when it could take orders again.
 */
function retryAfterSeconds(refusingForMs: number): number {
  return Math.min(retryAfterSecondsMax, 1 + Math.floor(refusingForMs / 4_000));
}

/**
 * Remembers since when orders are refused.
 *
 * @param look the situation now
 * @param nowMs a clock that never jumps
 */
export function createAdmission(options: {
  readonly limits: AdmissionLimits;
  look(): Omit<Situation, 'refusingForMs'>;
  nowMs(): number;
}): () => ProblemError | undefined {
  let refusingSinceMs: number | undefined;
  return () => {
    const now = options.nowMs();
    const refusingForMs = refusingSinceMs === undefined ? 0 : now - refusingSinceMs;
    const refusal = refusalOf({ ...options.look(), refusingForMs }, options.limits);
    refusingSinceMs = refusal === undefined ? undefined : (refusingSinceMs ?? now);
    return refusal;
  };
}

function refuse(code: string, detail: string, retryAfterSeconds: number): ProblemError {
  return new ProblemError(503, code, detail, { retryAfterSeconds });
}
