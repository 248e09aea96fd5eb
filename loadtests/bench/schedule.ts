import { seededRandom } from '../recorder/random.ts';

/** One turn of an arm. */
export type Turn<Name extends string = string> = {
  readonly arm: Name;
  /** From 1. */
  readonly round: number;
};

/**
 * The order in which arms take their turns: all of them in each round, so that a machine that gets slower or busier meanwhile
 * does so for all of them; and in each round in another order, so that none always comes after the same one.
 *
 * @param rounds at least 1
 * @param seed the same gives the same order
 */
export function interleave<Name extends string>(
  arms: readonly Name[],
  rounds: number,
  seed: number,
): readonly Turn<Name>[] {
  const random = seededRandom(seed);
  return Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    shuffle(arms, random).map((arm) => ({ arm, round })),
  );
}

/** Every order is as likely as any other (Fisher and Yates, as Durstenfeld has it). */
function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}
