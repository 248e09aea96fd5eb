import { ProblemError } from '../runtime/index.ts';

/** What decides whether new orders are taken. */
export type Situation = {
  /** What the service lacks, as `/readyz` says it; empty when it is ready. */
  readonly missing: readonly string[];
  /** The streams that an order needs, with the share of their bytes that is used. */
  readonly fills: ReadonlyMap<string, number>;
  /** Messages of the orders stream that the projection has not applied. */
  readonly projectionLag: number;
};

export type AdmissionLimits = { readonly streamFillMax: number; readonly projectionLagMax: number };

/**
 * Whether a new order must be refused before anything is done about it, so that it is definitely not stored.
 *
 * An order that is taken must be able to settle, hence outcomes and dead letters count too; and its key must soon be
 * known, hence the lag.
 */
export function refusalOf(situation: Situation, limits: AdmissionLimits): ProblemError | undefined {
  if (situation.missing.length > 0) {
    return refuse('not-ready', `not ready: ${situation.missing.join('; ')}`, 1);
  }
  for (const [stream, fill] of situation.fills) {
    if (fill > limits.streamFillMax) {
      return refuse('stream-nearly-full', `the stream ${stream} is ${Math.floor(fill * 100)} % full`, 10);
    }
  }
  if (situation.projectionLag > limits.projectionLagMax) {
    return refuse('projection-behind', `the projection is ${situation.projectionLag} messages behind`, 1);
  }
  return undefined;
}

function refuse(code: string, detail: string, retryAfterSeconds: number): ProblemError {
  return new ProblemError(503, code, detail, { retryAfterSeconds });
}
