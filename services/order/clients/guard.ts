import { ProblemError, type RequestHead } from '../../runtime/index.ts';
import type { Client, ClientBook } from './client-book.ts';
import type { DailyUsage } from './daily-usage.ts';
import type { Rate } from './rate-limit.ts';

/** Whose orders those are that come without a client, where everybody may send some. */
const anonymous = 'anonymous';

/** Why a request was not let in, as its metric tells it. */
export const guardRefusals = [
  'no-credentials',
  'unknown-credentials',
  'other-client',
  'rate-limit',
  'quota',
] as const;
export type GuardRefusal = (typeof guardRefusals)[number];

/** What a client may do only so often. */
export type Limited = 'orders' | 'reads';

/** Says whose request it is, and whether that client may have more just now. */
export type Guard = {
  /** False where everybody is let in. */
  readonly isClosed: boolean;
  /** Finds out whose request it is. @returns why it is not let in; undefined when it is */
  readonly identify: (request: RequestHead) => ProblemError | undefined;
  /** Whether {@link Guard.identify} has let the request in. */
  readonly isKnown: (request: RequestHead) => boolean;
  /** The client whose request it is, once it is let in. */
  readonly clientIdOf: (request: RequestHead) => string;
  /** Counts so many more for the client of a request, or says why it may not have them now. */
  readonly spend: (request: RequestHead, what: Limited, count: number) => ProblemError | undefined;
  /** Told of each order that a client did not have accepted before: quotas count these. */
  readonly accepted: (clientId: string) => void;
};

/** Lets everybody in, as whom they say they are: for one machine, on loopback. */
export const openGuard: Guard = {
  isClosed: false,
  identify: () => undefined,
  isKnown: () => true,
  clientIdOf: ({ headers }) => {
    const claimed = headers['x-client-id'];
    return typeof claimed === 'string' ? claimed : anonymous;
  },
  spend: () => undefined,
  accepted: () => undefined,
};

/** Lets in whoever has a key of a client. */
export function createGuard(parts: {
  readonly book: ClientBook;
  readonly usage: Pick<DailyUsage, 'used' | 'add' | 'secondsLeft'>;
  /** Milliseconds, by a clock that never jumps. */
  readonly nowMs: () => number;
  readonly onRefused: (why: GuardRefusal) => void;
}): Guard {
  const { book, usage, nowMs, onRefused } = parts;
  const known = new WeakMap<RequestHead, Client>();
  const overLimit = createOverLimit();

  const clientOf = (request: RequestHead): Client => {
    const client = known.get(request);
    if (client === undefined) throw new Error('a request is answered of which nobody knows whose it is');
    return client;
  };
  const refuse = (why: keyof typeof refusals): ProblemError => {
    onRefused(why);
    return refusals[why];
  };

  return {
    isClosed: true,
    identify(request) {
      const { authorization } = request.headers;
      if (authorization === undefined) return refuse('no-credentials');
      const token = bearerTokenOf(authorization);
      const client = token === undefined ? undefined : book.byKey(token);
      if (client === undefined) return refuse('unknown-credentials');
      const claimed = request.headers['x-client-id'];
      if (claimed !== undefined && claimed !== client.id) return refuse('other-client');
      known.set(request, client);
      return undefined;
    },
    isKnown: (request) => known.has(request),
    clientIdOf: (request) => clientOf(request).id,
    spend(request, what, count) {
      const { id, ordersPerDay, limits } = clientOf(request);
      if (what === 'orders' && ordersPerDay !== undefined && usage.used(id) + count > ordersPerDay) {
        onRefused('quota');
        return overQuota(ordersPerDay, usage.secondsLeft());
      }
      const limit = limits?.[what];
      const waitMs = limit?.take(count, nowMs()) ?? 0;
      if (limit === undefined || waitMs === 0) return undefined;
      onRefused('rate-limit');
      return overLimit(what, limit.rate, Math.ceil(waitMs / 1_000));
    },
    accepted: usage.add,
  };
}

const scheme = 'bearer ';

/** RFC 6750, section 2.1; undefined for another scheme. */
function bearerTokenOf(authorization: string): string | undefined {
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  return authorization.slice(scheme.length).trim();
}

/** Made once: what is refused in masses must cost next to nothing. */
const refusals = {
  'no-credentials': new ProblemError(
    401,
    'no-credentials',
    'send the key of a client: Authorization: Bearer …',
    {
      headers: { 'www-authenticate': 'Bearer realm="orders"' },
    },
  ),
  'unknown-credentials': new ProblemError(401, 'unknown-credentials', 'this is no key of a client', {
    headers: { 'www-authenticate': 'Bearer realm="orders", error="invalid_token"' },
  }),
  'other-client': new ProblemError(
    403,
    'other-client',
    'X-Client-Id names another client than the key is of',
  ),
};

function overQuota(ordersPerDay: number, seconds: number): ProblemError {
  return new ProblemError(
    429,
    'quota',
    'more orders than this client may send in a day; nothing was stored',
    {
      retryAfterSeconds: seconds,
      headers: {
        'ratelimit-policy': `"day";q=${ordersPerDay};w=86400`,
        ratelimit: `"day";r=0;t=${seconds}`,
      },
    },
  );
}

/** Refusals that are the same are kept, up to so many. */
const keptMax = 256;

/** Makes refusals of what is over a limit, with the fields of draft-ietf-httpapi-ratelimit-headers-10. */
function createOverLimit(): (what: Limited, rate: Rate, seconds: number) => ProblemError {
  const kept = new Map<string, ProblemError>();
  return (what, { perSecond, burst }, seconds) => {
    const policy = `"${what}";q=${burst};w=${Math.max(1, Math.round(burst / perSecond))}`;
    const key = `${policy} ${seconds}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= keptMax) kept.clear();
    const problem = new ProblemError(
      429,
      'rate-limit',
      `more ${what} than this client may send; nothing was stored`,
      {
        retryAfterSeconds: seconds,
        headers: { 'ratelimit-policy': policy, ratelimit: `"${what}";r=0;t=${seconds}` },
      },
    );
    kept.set(key, problem);
    return problem;
  };
}
