/** How many resources something happened to, by what happened: `{ created: 61, unchanged: 3 }`. */
export type Changes = Readonly<Record<string, number>>;

/** What the summary at the end of the engine's output counts; one of a preview before that is passed by. */
export function changesIn(output: string): Changes {
  const [, summary = ''] = [...output.matchAll(/^Resources:\n((?: {4}.*\n?)*)/gm)].at(-1) ?? [];
  const counts = [...summary.matchAll(/(\d+) (?:to )?(\w+)/g)];
  return Object.fromEntries(
    counts.flatMap(([, count, what]) => (what === 'changes' ? [] : [[what, Number(count)]])),
  );
}

const linesMax = 60;

/** What the engine says about a failure: its diagnostics, or else its last words. */
export function complaintIn(output: string): string {
  const [, diagnostics] =
    [...output.matchAll(/^Diagnostics:\n([\s\S]*?)(?=^\w+:\n|$(?![\s\S]))/gm)].at(-1) ?? [];
  return (diagnostics ?? output).trim().split('\n').slice(-linesMax).join('\n');
}
