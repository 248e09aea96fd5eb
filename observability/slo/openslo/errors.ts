/** A document that is no SLO of ours; the message lists all of its problems, a line each. */
export class OpenSloError extends Error {
  override readonly name = 'OpenSloError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the OpenSLO document has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}
