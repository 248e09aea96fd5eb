/** What was asked about a set: whether it still fails, or that nothing more may be tried. */
export type Answer = 'fails' | 'passes' | 'stop';

/** A part of what was given that fails as well. */
export type Shrunk<T> = {
  readonly items: readonly T[];
  /** Whether it was shown that none of them can be left out; false when the search was stopped. */
  readonly isMinimal: boolean;
};

/**
 * Delta debugging: leaves out of a set that fails whatever is not needed for it to fail.
 *
 * `ddmin` of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on Software
 * Engineering 28(2), 2002: parts are tried, then what is left without them, then smaller parts. The result fails, and
 * without any one of its items it does not. No set is asked about twice; at most n² + 3n are.
 *
 * @param items fail together; their order is kept
 */
export async function ddmin<T>(
  items: readonly T[],
  ask: (subset: readonly T[]) => Promise<Answer>,
): Promise<Shrunk<T>> {
  const toItems = (set: readonly number[]) => set.flatMap((at) => items.slice(at, at + 1));
  const known = new Set<string>();
  /** The first of some sets that fails, where any does; sets that were asked about before have passed. */
  const firstFailing = async (
    sets: readonly (readonly number[])[],
  ): Promise<readonly number[] | 'none' | 'stop'> => {
    for (const set of sets) {
      const key = set.join(' ');
      if (known.has(key)) continue;
      known.add(key);
      const answer = await ask(toItems(set));
      if (answer === 'fails') return set;
      if (answer === 'stop') return 'stop';
    }
    return 'none';
  };
  let current: readonly number[] = items.map((_, at) => at);
  let granularity = 2;
  while (current.length > 1) {
    const parts = split(current, granularity);
    const part = await firstFailing(parts);
    if (part === 'stop') return { items: toItems(current), isMinimal: false };
    if (part !== 'none') {
      current = part;
      granularity = 2;
      continue;
    }
    const rest = await firstFailing(
      parts.map((without) => current.filter((index) => !without.includes(index))),
    );
    if (rest === 'stop') return { items: toItems(current), isMinimal: false };
    if (rest !== 'none') {
      current = rest;
      granularity = Math.max(granularity - 1, 2);
      continue;
    }
    if (granularity >= current.length) break;
    granularity = Math.min(2 * granularity, current.length);
  }
  return { items: toItems(current), isMinimal: true };
}

/** Cuts a set into so many parts, as equal as can be; none is empty. */
function split(set: readonly number[], count: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, part) =>
    set.slice(Math.floor((part * set.length) / count), Math.floor(((part + 1) * set.length) / count)),
  );
}
