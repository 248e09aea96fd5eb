/** Why a node cannot be had. The message says what was found, what was expected and what to do. */
export type NodeErrorCode =
  /** This machine cannot run one. */
  | 'unsupported'
  /** Another program starts or stops it. */
  | 'busy'
  | 'not-running'
  /** It did not get ready, or a program it consists of ended. */
  | 'not-ready'
  /** A program of the system refused. */
  | 'refused';

export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: NodeErrorCode;

  constructor(code: NodeErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
