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

const admissionRefusals = ['not-ready', 'stream-nearly-full', 'projection-behind'] as const;

/** Whether an order was refused for what {@link refusalOf} says: it is about the service, and every new order meets it. */
export function isAdmissionRefusal(error: unknown): error is ProblemError {
  return error instanceof ProblemError && (admissionRefusals as readonly string[]).includes(error.code);
}

/**
 * Whether a new order must be refused before anything is done about it, so that it is definitely not stored.
 *
 * An order that is taken must be able to settle, hence outcomes and dead letters count too; and its key must soon be
 * known, hence the lag.
 *
 * @param later says in how many seconds an order may be sent again; asked only when an order is refused for what may soon be over
 */
export function refusalOf(
  situation: Situation,
  limits: AdmissionLimits,
  later: () => number,
): ProblemError | undefined {
  if (situation.missing.length > 0) {
    return refuse('not-ready', `not ready: ${situation.missing.join('; ')}`, later());
  }
  for (const [stream, fill] of situation.fills) {
    if (fill > limits.streamFillMax) {
      return refuse('stream-nearly-full', `the stream ${stream} is ${Math.floor(fill * 100)} % full`, 10);
    }
  }
  if (situation.projectionLag > limits.projectionLagMax) {
    return refuse(
      'projection-behind',
      `the projection is ${situation.projectionLag} messages behind`,
      later(),
    );
  }
  return undefined;
}

function refuse(
  code: (typeof admissionRefusals)[number],
  detail: string,
  retryAfterSeconds: number,
): ProblemError {
  return new ProblemError(503, code, detail, { retryAfterSeconds });
}
