/** One turn of an arm. */
export type Turn<Name extends string = string> = {
  readonly arm: Name;
  /** From 1. */
  readonly round: number;
};

/**
 * The order in which arms take their turns: all of them in each round (A B C, A B C, …), so that a machine that gets
 * slower or busier meanwhile does so for all of them.
 *
 * @param arms in the order of a round
 * @param rounds at least 1
 */
export function interleave<Name extends string>(
  arms: readonly Name[],
  rounds: number,
): readonly Turn<Name>[] {
  return Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    arms.map((arm) => ({ arm, round })),
  );
}
