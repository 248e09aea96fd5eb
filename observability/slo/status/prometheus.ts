/** Prometheus could not be asked, or did not answer the question. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  readonly code: 'unreachable' | 'refused';

  constructor(code: PrometheusError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One series of an answer. */
export type InstantSample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

const timeoutMs = 10_000;

/**
 * The answer to an instant query that gives a vector.
 * @param baseUrl without a trailing slash
 * @param signal ends the wait; default after 10 s
 * @throws PrometheusError (rejects) `unreachable` when it does not answer, `refused` when it does not take the query
 */
export async function queryInstant(
  baseUrl: string,
  promql: string,
  signal: AbortSignal = AbortSignal.timeout(timeoutMs),
): Promise<readonly InstantSample[]> {
  const answer = await ask(baseUrl, promql, signal);
  if (answer.status !== 'success' || !Array.isArray(answer.data?.result)) {
    throw new PrometheusError(
      'refused',
      `Prometheus at ${baseUrl} refused ${promql}: ${answer.error ?? 'no reason'}`,
    );
  }
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

type Answer = {
  readonly status?: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
};

async function ask(baseUrl: string, promql: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(`${baseUrl}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: promql }),
      signal,
    });
    return (await response.json()) as Answer;
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    // What fetch says of a deadline names an operation that nobody has heard of.
    const isLate = reason instanceof Error && reason.name === 'TimeoutError';
    const text = isLate ? 'nothing came in time' : reason instanceof Error ? reason.message : String(reason);
    throw new PrometheusError('unreachable', `Prometheus at ${baseUrl} does not answer: ${text}`, { cause });
  }
}
