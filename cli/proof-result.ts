import type { Circumstances, ProofCheck, ProofName, ProofSize } from '../loadtests/proofs/index.ts';
import { checksAt, decideProof } from '../loadtests/proofs/index.ts';
import type { Decision, Palette, RunReport } from '../verdict/index.ts';
import { wrapText } from '../verdict/report/table.ts';

/** What a line's proof found. */
export type Proven = {
  readonly checks: readonly ProofCheck[];
  /** In their order. */
  readonly runs: readonly RunReport[];
  readonly excuse: Circumstances['excuse'];
};

/** A finished proof, as `--json` prints it and `proof.json` keeps it. Fields are only added. */
export type ProofResult = Decision & {
  readonly schemaVersion: 1;
  readonly line: ProofName;
  readonly size: ProofSize;
  /** Whether the brokers spoke TLS; absent: they did not. */
  readonly tls?: true;
  readonly checks: readonly ProofCheck[];
  /** The ids of its runs, in the directory of runs. */
  readonly runs: readonly string[];
  /** Why figures of speed say nothing of the platform; absent where they do. */
  readonly excuse?: string;
};

/** Pure. */
export function toResult(
  { line, size, tls }: Pick<ProofResult, 'line' | 'size' | 'tls'>,
  { checks: all, runs, excuse }: Proven,
  interruptedBy: string | undefined,
): ProofResult {
  const checks = checksAt(size, all);
  return {
    ...{ schemaVersion: 1, line, size },
    ...(tls === undefined ? {} : { tls }),
    ...decideProof(checks, { excuse, interruptedBy }),
    checks,
    runs: runs.map(({ runId }) => runId),
    ...(excuse === undefined ? {} : { excuse }),
  };
}

const marks = { met: '✓', 'not-met': '✗', unknown: '?', 'not-applicable': '-' } as const;
const width = 120;

/** The checks with what was found, and the verdict with its reasons. Pure. */
export function renderProof(result: ProofResult, { bold, dim, green, red, yellow }: Palette): string {
  const colors = { met: green, 'not-met': red, unknown: yellow, 'not-applicable': dim };
  const checks = result.checks.flatMap(({ name, found, check }) => {
    const lines = wrapText(found === '' ? name : `${name}: ${found}`, width, 4);
    return lines.map((line, at) => {
      return at === 0 ? `  ${colors[check.status](marks[check.status])} ${line.slice(4)}` : line;
    });
  });
  const paint = { PASS: green, FAIL: red, INCONCLUSIVE: yellow, ABORTED: yellow }[result.verdict];
  return [
    bold(
      `${result.line}, ${result.size === 'full' ? 'as issue 6 asks it' : 'scaled down'}${result.tls === true ? ', over TLS' : ''}`,
    ),
    ...checks,
    ...(result.excuse === undefined ? [] : [dim(`  speed is excused: ${result.excuse}`)]),
    paint(bold(result.verdict)),
    ...result.reasons.flatMap(({ text }) => wrapText(text, width, 2, 4)),
    ...(result.runs.length === 0 ? [] : [dim(`runs: ${result.runs.join(', ')}`)]),
  ].join('\n');
}
