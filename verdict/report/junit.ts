import type { Reason } from '../verdicts.ts';
import type { RunReport } from './model.ts';

/** One thing that a run could have failed on. */
type Case = {
  readonly group: string;
  readonly name: string;
  readonly ended?: {
    /** FAIL is a failure; what could not be shown is an error; what was not looked at is skipped. */
    readonly as: 'failure' | 'error' | 'skipped';
    readonly text: string;
  };
};

/** The conditions of every run, by the code that a reason against one has. */
const conditions: Readonly<Record<string, string>> = {
  'steady-state': 'the platform was in its steady state before',
  fault: 'every fault of the experiment acted',
  load: 'the load was delivered',
  generator: 'the load generator lived to its end',
  drain: 'the platform came to rest in time',
  rollback: 'what was done to the platform was undone',
  ledger: 'the orders were audited whole',
  slo: 'what the experiment promised held',
  interrupted: 'nobody ended the run early',
};

/**
 * The report as JUnit XML, which continuous integration shows as tests: a case for each condition, fault and invariant. Pure.
 *
 * @returns text that ends in a line feed
 */
export function renderJunit(report: RunReport): string {
  const cases = [...conditionCases(report), ...faultCases(report), ...invariantCases(report)];
  const count = (as: NonNullable<Case['ended']>['as']) =>
    cases.filter(({ ended }) => ended?.as === as).length;
  const seconds = ((report.endedAtMs - report.startedAtMs) / 1_000).toFixed(3);
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="${escapeXml(report.kind)}" id="${escapeXml(report.runId)}" timestamp="${new Date(report.startedAtMs).toISOString()}" ${totals}>`,
    '    <properties>',
    ...[
      ['verdict', report.decision.verdict],
      ['seed', String(report.seed)],
      ['target', report.target],
    ].map(([name = '', value = '']) => `      <property name="${name}" value="${escapeXml(value)}"/>`),
    '    </properties>',
    ...cases.flatMap((one) => renderCase(report.kind, one)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function conditionCases({ decision }: RunReport): readonly Case[] {
  return Object.entries(conditions).map(([code, name]) => {
    const against = decision.reasons.filter((reason) => reason.code === code);
    return { group: 'conditions', name, ...endedBy(against) };
  });
}

function faultCases({ faults }: RunReport): readonly Case[] {
  return faults.map(({ name, target, isProven, proof }) => ({
    group: 'faults',
    name: `${name} on ${target} acted`,
    ...(isProven ? {} : { ended: { as: 'error', text: proof } as const }),
  }));
}

function invariantCases({ ledger }: RunReport): readonly Case[] {
  if (ledger === undefined) return [];
  return [
    ...ledger.checked.map((invariant): Case => {
      const finding = ledger.findings.find((one) => one.invariant === invariant && !one.isExpected);
      if (finding === undefined) return { group: 'invariants', name: invariant };
      const evidence = finding.samples.map(
        ({ subject, breach, evidence: seen }) => `${subject} ${breach}: ${seen}`,
      );
      const text = [`${finding.count}. ${finding.meaning}`, ...evidence].join('\n');
      return { group: 'invariants', name: invariant, ended: { as: 'failure', text } };
    }),
    ...ledger.notChecked.map(({ invariant, why }): Case => {
      return { group: 'invariants', name: invariant, ended: { as: 'skipped', text: why } };
    }),
  ];
}

function endedBy(reasons: readonly Reason[]): Pick<Case, 'ended'> {
  if (reasons.length === 0) return {};
  const as = reasons.some(({ verdict }) => verdict === 'FAIL') ? 'failure' : 'error';
  return { ended: { as, text: reasons.map(({ text }) => text).join('\n') } };
}

function renderCase(kind: string, { group, name, ended }: Case): readonly string[] {
  const open = `    <testcase classname="${escapeXml(`${kind}.${group}`)}" name="${escapeXml(name)}"`;
  if (ended === undefined) return [`${open}/>`];
  const [first = ''] = ended.text.split('\n');
  return [
    `${open}>`,
    `      <${ended.as} message="${escapeXml(first)}">${escapeXml(ended.text)}</${ended.as}>`,
    '    </testcase>',
  ];
}

/** Also drops what XML 1.0 has no way to say: control characters. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
