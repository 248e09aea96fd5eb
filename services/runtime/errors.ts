/** A remote call that did not give the hoped-for answer. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** A word a program may compare. */
  readonly code: string;
  /**
   * Whether the remote certainly did not act: refused, not reached, open breaker. False for a timeout or a lost
   * answer: the effect is unknown, and only an idempotent repeat can tell.
   */
  readonly isDefinite: boolean;

  constructor(code: string, message: string, options: { isDefinite: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.isDefinite = options.isDefinite;
  }
}
