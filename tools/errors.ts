/** Why an external program cannot be had. The message says what was found, what was expected and what to do. */
export type ToolErrorCode =
  | 'override-unusable'
  | 'go-missing'
  | 'go-too-old'
  | 'compile-failed'
  | 'download-failed'
  | 'checksum-mismatch'
  | 'disk-full'
  | 'cache-unwritable'
  | 'wrong-result'
  | 'openssl-failed'
  | 'interrupted';

export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ToolErrorCode;

  constructor(code: ToolErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Turns whatever the file system threw while the cache was written into a {@link ToolError}. */
export function cacheError(path: string, cause: unknown): ToolError {
  if (cause instanceof ToolError) return cause;
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ToolError('disk-full', `No space left on the disk of ${path}. Free some and start again.`, {
      cause,
    });
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ToolError(
    'cache-unwritable',
    `The tool cache ${path} cannot be used: ${detail}. Set XDG_CACHE_HOME to a folder you may write to.`,
    { cause },
  );
}
