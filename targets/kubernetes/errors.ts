import { ApiException } from '@kubernetes/client-node';
import { TargetError } from '../target.ts';

/** The code and the words of an answer of the API server that is no success; undefined when it gave none. */
export function refusalOf(error: unknown): { readonly code: number; readonly message: string } | undefined {
  if (!(error instanceof ApiException)) return undefined;
  return { code: error.code, message: messageIn(error.body) ?? `it answered ${error.code}` };
}

/**
 * What a failed call to an API server means, in words for a person.
 *
 * @param doing `list the pods of the namespace x`
 */
export function toTargetError(error: unknown, doing: string, server: string): TargetError {
  if (error instanceof TargetError) return error;
  const refusal = refusalOf(error);
  const said = (code: TargetError['code'], text: string) => new TargetError(code, text, { cause: error });
  if (refusal === undefined) {
    return said('unreachable', `the API server ${server} does not answer (to ${doing}): ${rootOf(error)}`);
  }
  const { code, message } = refusal;
  if (code === 401) return said('forbidden', `the API server ${server} does not know this user: ${message}`);
  if (code === 403) return said('forbidden', `this user may not ${doing}: ${message}`);
  if (code === 404) return said('unknown-instance', `to ${doing}: ${message}`);
  if (code === 429 || code >= 500) {
    return said('unreachable', `the API server ${server} cannot ${doing} now: ${message}`);
  }
  return said('unsupported', `the API server ${server} did not ${doing}: ${message}`);
}

/** The body of a refusal is a `Status`, as text or parsed. */
function messageIn(body: unknown): string | undefined {
  try {
    const status = (typeof body === 'string' ? JSON.parse(body) : body) as { readonly message?: unknown };
    return typeof status?.message === 'string' ? status.message : undefined;
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing; what caused it does. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error ? rootOf(inner) : error.message;
}
