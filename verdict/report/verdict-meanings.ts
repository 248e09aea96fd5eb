import type { Verdict } from '../verdicts.ts';

/** Each verdict in one clause, for people. */
export const verdictMeanings: Readonly<Record<Verdict, string>> = {
  PASS: 'every order that was accepted is accounted for, and every condition of the run was met',
  FAIL: 'something that must never happen happened',
  INCONCLUSIVE: 'nothing bad was seen, but the run does not prove that nothing bad happened',
  ABORTED: 'the run was ended early; up to then nothing bad was seen',
};
