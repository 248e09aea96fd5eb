import type { RunReport } from './model.ts';
import { formatCount } from './table.ts';

/** What came more than once and did no harm, as far as somebody could count it: `3 orders answered again`. */
export function duplicateWords({ duplicates = {} }: RunReport): readonly string[] {
  const words: readonly (readonly [count: number | undefined, what: string])[] = [
    [duplicates.answers, 'orders answered again'],
    [duplicates.copies, 'copies of orders'],
    [duplicates.redeliveries, 'redeliveries'],
    [duplicates.charges, 'charges asked for again'],
  ];
  return words.flatMap(([count, what]) => (count === undefined ? [] : [`${formatCount(count)} ${what}`]));
}
