import type { Topology } from '../model.ts';

/** Something in a topology that endangers orders. */
export type Finding = {
  /** The rule's name, as reports and exceptions spell it: `discard-old`. */
  readonly rule: string;
  /** `error`: refused before anything is created; `warning`: said, and gone on. */
  readonly severity: 'error' | 'warning';
  /** The part of the topology: `stream ORDERS`. */
  readonly where: string;
  /** What can happen because of it. */
  readonly danger: string;
  /** What to change. */
  readonly fix: string;
};

/** A rule is a pure function; each finding it returns gets the rule's name and severity. */
export type Rule = {
  readonly name: string;
  readonly severity: Finding['severity'];
  readonly check: (topology: Topology) => readonly Omit<Finding, 'rule' | 'severity'>[];
};
