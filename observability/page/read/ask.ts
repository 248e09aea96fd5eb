/** A source of the page that could not be asked, or gave no answer that it can read; says what was tried. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code = 'unanswered';
}

/** A page that waits longer than this is better drawn without the answer. */
export const deadlineMs = 5_000;

/**
 * The JSON that a source answers with, whatever the status.
 *
 * @param source as people call it: `Jaeger at http://…`
 * @param options.signal ends the wait; default after 5 s
 * @throws SourceError (rejects) when it does not answer, or not with JSON
 */
export async function askJson(
  source: string,
  url: string,
  options: { readonly body?: URLSearchParams; readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  const { body, signal = AbortSignal.timeout(deadlineMs) } = options;
  try {
    const response = await fetch(url, {
      signal,
      redirect: 'error',
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    const text = await response.text();
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new SourceError(`${source} answered ${response.status} with something that is no JSON`, {
        cause,
      });
    }
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw unansweredOf(source, cause);
  }
}

/** What people are told when a source does not answer. */
export function unansweredOf(source: string, cause: unknown): SourceError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  // What fetch says of a deadline names an operation that nobody has heard of.
  const isLate = reason instanceof Error && reason.name === 'TimeoutError';
  const text = isLate ? 'nothing came in time' : reason instanceof Error ? reason.message : String(reason);
  return new SourceError(`${source} does not answer: ${text}`, { cause });
}

/**
 * Checks the shape of an answer.
 *
 * @throws SourceError when it is another one
 */
export function parseAnswer<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  answer: unknown,
  source: string,
): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new SourceError(`${source} answered in a shape that this page does not know`);
}
