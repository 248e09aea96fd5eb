import type { RunReport } from '../verdict/index.ts';
import { renderTable } from '../verdict/report/table.ts';

const columns = 100;

/**
 * The figures of many runs together, as docs/random.md shows them: verdicts, orders, and each kind of fault with how often
 * it was injected and proven. Pure.
 */
export function renderRandomFigures(reports: readonly RunReport[]): string {
  const verdicts = countsOf(reports.map(({ decision }) => decision.verdict));
  const faults = reports.flatMap((report) => report.faults);
  const sum = (of: (report: RunReport) => number | undefined) =>
    reports.reduce((total, report) => total + (of(report) ?? 0), 0);
  const together = reports.flatMap(({ faults: own }) => own.filter((fault) => overlaps(fault, own)));
  const totals = [
    ['seeds', String(reports.length), verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(', ')],
    ['faults', String(faults.length), `${together.length} of them together with others`],
    ['orders accepted', String(sum(({ ledger }) => ledger?.counts.accepted)), ''],
    ['charges', String(sum(({ ledger }) => ledger?.counts.charges)), ''],
    ['violations', String(sum(({ ledger }) => unexpectedOf(ledger))), 'lost, doubled or otherwise wrong'],
  ];
  const kinds = countsOf(faults.map(({ name }) => name)).map(([name, count]) => {
    const ofKind = faults.filter((fault) => fault.name === name);
    const subjects = new Set(ofKind.map(({ target }) => target)).size;
    const proven = ofKind.filter(({ isProven }) => isProven).length;
    return [name, String(count), String(proven), String(subjects)];
  });
  return [
    ...renderTable(totals, 'lrl', 0, columns),
    '',
    ...renderTable([['fault', 'injected', 'proven', 'subjects'], ...kinds], 'lrrr', 0, columns),
  ].join('\n');
}

/** Each value with how often it is there, the most frequent first. */
function countsOf(values: readonly string[]): readonly (readonly [string, number])[] {
  return [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => [value, all.length] as const)
    .sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b));
}

/** Whether another fault of the run held at the same time. */
function overlaps(fault: RunReport['faults'][number], all: RunReport['faults']): boolean {
  return all.some(
    (other) =>
      other !== fault &&
      other.injectedAtMs < (fault.healedAtMs ?? Number.POSITIVE_INFINITY) &&
      fault.injectedAtMs < (other.healedAtMs ?? Number.POSITIVE_INFINITY),
  );
}

/** How many orders break an invariant that was not to be broken. */
function unexpectedOf(ledger: RunReport['ledger']): number {
  const findings = ledger?.findings ?? [];
  return findings.reduce((sum, { count, isExpected }) => sum + (isExpected ? 0 : count), 0);
}
