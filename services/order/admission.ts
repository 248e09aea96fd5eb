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
 * @param later {@link Patience.seconds}; asked only when an order is refused for what may soon be over
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

/** When those who get no order stored may come back. */
export type Patience = {
  /** Notes that an order was not stored, as far as is known. @returns the seconds after which it may be sent again */
  seconds(): number;
  /** Notes that this replica has stored an order: whoever is refused next is the first again. */
  stored(): void;
};

/** Long enough to spread a crowd, short enough that customers still wait for it. */
const retryAfterSecondsMax = 10;

/**
 * The longer nothing was stored, the more customers wait for it, so each is asked to wait a quarter of that time. Until it is
 * forty seconds repeats come at most about four times as often as new orders, which the service must stand when it can store
 * them again; an outage that lasts longer draws more, since nobody is asked to wait for more than ten seconds.
 *
 * @param options.nowMs a clock that never jumps
 */
export function createPatience(options: { readonly nowMs: () => number }): Patience {
  /** When an order was refused for the first time since one was stored. */
  let refusingSinceMs: number | undefined;
  return {
    seconds() {
      const now = options.nowMs();
      refusingSinceMs ??= now;
      return Math.min(retryAfterSecondsMax, 1 + Math.floor((now - refusingSinceMs) / 4_000));
    },
    stored() {
      refusingSinceMs = undefined;
    },
  };
}

function refuse(
  code: (typeof admissionRefusals)[number],
  detail: string,
  retryAfterSeconds: number,
): ProblemError {
  return new ProblemError(503, code, detail, { retryAfterSeconds });
}
