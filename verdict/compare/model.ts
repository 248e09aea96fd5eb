import type { Verdict } from '../verdicts.ts';
import type { Judgement, Pair } from './noise.ts';

/** What changed from one run to another, as plain data. */
export type Comparison = Pair<ComparedRun> & {
  /** Why the runs, or the machine under them, are not alike: a difference may come from that. */
  readonly caveats: readonly string[];
  /** Reasons of the verdicts that only one of the runs has. */
  readonly reasons: { readonly gone: readonly string[]; readonly come: readonly string[] };
  readonly groups: readonly ComparedGroup[];
};

export type ComparedRun = {
  readonly runId: string;
  readonly kind: string;
  readonly verdict: Verdict;
  readonly startedAtMs: number;
};

/** Figures that one rule judges. */
export type ComparedGroup = {
  readonly title: string;
  readonly rule: string;
  readonly figures: readonly ComparedFigure[];
};

export type ComparedFigure = Pair<number | undefined> & {
  readonly name: string;
  readonly unit: 'us' | 'count' | 'us per order';
  readonly judgement: Judgement;
};
