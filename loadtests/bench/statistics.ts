/** What the rounds of a run gave for one figure. */
export type Spread = { readonly min: number; readonly median: number; readonly max: number };

/** @returns undefined without values */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  if (sorted.length === 0) return undefined;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}

/**
 * The spread of the ratios of two series, round by round: what slowed the machine in a round slowed both.
 *
 * @param values by round
 * @param references by round; rounds that either lacks are left out, as are references of 0
 * @returns undefined when no round has both
 */
export function ratioSpread(
  values: ReadonlyMap<number, number>,
  references: ReadonlyMap<number, number>,
): Spread | undefined {
  return spreadOf(
    pairs(values, references)
      .filter(([, reference]) => reference !== 0)
      .map(([value, reference]) => value / reference),
  );
}

/** As {@link ratioSpread}, of the differences. */
export function differenceSpread(
  values: ReadonlyMap<number, number>,
  references: ReadonlyMap<number, number>,
): Spread | undefined {
  return spreadOf(pairs(values, references).map(([value, reference]) => value - reference));
}

/** The values of the rounds that both series have. */
function pairs(
  values: ReadonlyMap<number, number>,
  references: ReadonlyMap<number, number>,
): readonly (readonly [value: number, reference: number])[] {
  return [...values].flatMap(([round, value]) => {
    const reference = references.get(round);
    return reference === undefined ? [] : [[value, reference] as const];
  });
}
