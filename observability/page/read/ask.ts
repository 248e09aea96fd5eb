/** A source of the page that could not be asked, or gave no answer that it can read; says what was tried. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code = 'unanswered';
}

/** A page that waits longer than this is better drawn without the answer. */
const timeoutMs = 4_000;

/**
 * The JSON that a source answers with, whatever the status.
 *
 * @param source as people call it: `Jaeger at http://…`
 * @throws SourceError (rejects) when it does not answer, or not with JSON
 */
export async function askJson(source: string, url: string, body?: URLSearchParams): Promise<unknown> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
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
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new SourceError(`${source} does not answer: ${text}`, { cause });
  }
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
