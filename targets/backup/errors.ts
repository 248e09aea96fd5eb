/** A backup cannot be made, read or brought back. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: 'exists' | 'damaged' | 'not-empty' | 'refused' | 'unsupported';

  constructor(code: BackupError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
