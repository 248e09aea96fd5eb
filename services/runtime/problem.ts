import { STATUS_CODES } from 'node:http';

export const problemContentType = 'application/problem+json';

/** An answer other than success, as RFC 9457 describes it. Thrown by handlers; rendered at the edge. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** The last part of the problem's type URI: a word a program may compare. */
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  /** Further header fields of the answer, in lower case. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    options: {
      readonly retryAfterSeconds?: number;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }
}

/** The members of RFC 9457, section 3.1, as JSON text. */
export function renderProblem(problem: Pick<ProblemError, 'status' | 'code' | 'message'>): string {
  return JSON.stringify({
    type: `urn:stormproof:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.message,
  });
}
