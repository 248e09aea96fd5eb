/** With `#2` behind the second of a name, and so on. */
export function numbered<T extends { readonly name: string }>(
  list: readonly T[],
): readonly (readonly [name: string, one: T])[] {
  const seen = new Map<string, number>();
  return list.map((one) => {
    const times = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, times);
    return [times === 1 ? one.name : `${one.name} #${times}`, one];
  });
}
