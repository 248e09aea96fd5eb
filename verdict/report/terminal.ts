import type { LatencySummary } from '../latency.ts';
import type { Finding, LedgerResult } from '../ledger/index.ts';
import type { Percentiles } from '../percentiles.ts';
import { exitCodes } from '../verdicts.ts';
import { duplicateWords } from './duplicate-words.ts';
import { ledgerRows } from './ledger-rows.ts';
import { kneeWords, loadPhaseHead, loadPhaseRows, loadWords } from './load-phases.ts';
import type { ReportFault, ReportLoad, ReportLoadPhase, ReportRecovery, RunReport } from './model.ts';
import { formatCount, formatDuration, renderTable, wrapText } from './table.ts';
import { verdictMeanings } from './verdict-meanings.ts';

/** How text is coloured; picocolors' `createColors` gives one, and one that colours nothing. */
export type Palette = {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
};

const columns = 100;

/**
 * The report for a person at a terminal: the verdict first, then what it rests on. Pure; at most 100 columns where no single
 * word is longer.
 *
 * @returns text that ends in a line feed
 */
export function renderTerminal(report: RunReport, palette: Palette): string {
  const sections = [
    verdictSection(report, palette),
    phasesSection(report, palette),
    faultsSection(report.faults, palette),
    recoveriesSection(report, palette),
    alertsSection(report, palette),
    residueSection(report.residue, palette),
    ...(report.load === undefined ? [] : loadSections(report.load, palette)),
    ...(report.ledger === undefined ? [] : ledgerSections(report.ledger, palette)),
    costsSection(report, palette),
    linksSection(report, palette),
  ].filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

type Lines = readonly string[];

function verdictSection({ decision, deviations = [], ...report }: RunReport, palette: Palette): Lines {
  const { verdict, reasons } = decision;
  const colour = verdict === 'PASS' ? palette.green : verdict === 'FAIL' ? palette.red : palette.yellow;
  const facts = `${report.kind} ${report.runId} on ${report.target} (${report.topology}), seed ${report.seed}`;
  return [
    `${colour(palette.bold(verdict))}  ${verdictMeanings[verdict]}`,
    ...wrapText(facts, columns, 2).map(palette.dim),
    ...(deviations.length === 0
      ? []
      : wrapText(`not as delivered, on purpose: ${deviations.join(', ')}`, columns, 2).map(palette.yellow)),
    ...reasons.flatMap(({ verdict: of, text }) => {
      const lines = wrapText(`- ${text}`, columns, 2, 4);
      return of === 'FAIL' ? lines.map(palette.red) : lines;
    }),
  ];
}

function phasesSection({ phases, startedAtMs }: RunReport, palette: Palette): Lines {
  const rows = phases.map(({ name, startedAtMs: from, endedAtMs: to, remark }) => [
    name,
    `+${formatDuration((from - startedAtMs) * 1_000)}`,
    formatDuration((to - from) * 1_000),
    remark,
  ]);
  return section('Phases', [['', 'began', 'took', ''], ...rows], 'lrrl', palette);
}

function faultsSection(faults: readonly ReportFault[], palette: Palette): Lines {
  if (faults.length === 0) return [];
  const lines = faults.flatMap((fault) => {
    const { name, target, injectedAtMs, healedAtMs, isProven, proof, measurements } = fault;
    const span =
      healedAtMs === undefined ? 'never healed' : formatDuration((healedAtMs - injectedAtMs) * 1_000);
    const figures = Object.entries(measurements).map(([key, value]) => `${key} ${formatCount(value)}`);
    const evidence = [isProven ? `proven: ${proof}` : `NOT PROVEN: ${proof}`, ...figures].join('; ');
    return [`  ${name} on ${target}, ${span}`, ...wrapText(evidence, columns, 4)];
  });
  return [palette.bold('What acted'), ...lines];
}

function recoveriesSection(report: RunReport, palette: Palette): Lines {
  const { recoveries = [] } = report;
  if (recoveries.length === 0) return [];
  const rows = recoveries.map((recovery) => [
    recovery.step,
    afterMs(recovery.detectedAfterMs, recovery.detectBoundMs),
    recoveryTime(recovery),
    recovery.signal,
  ]);
  const absorbed = duplicateWords(report);
  return [
    ...section('How it was got over', [['', 'noticed', 'as before', ''], ...rows], 'lrrl', palette),
    ...(absorbed.length === 0 ? [] : wrapText(`absorbed: ${absorbed.join(', ')}`, columns, 2, 4)),
  ];
}

function alertsSection({ alerts = [] }: RunReport, palette: Palette): Lines {
  if (alerts.length === 0) return [];
  const rows = alerts.map((one) => [
    one.alert,
    afterMs(one.firedAfterMs, one.firesWithinMs),
    afterMs(one.resolvedAfterMs, one.resolvesWithinMs),
  ]);
  return section('Who was told', [['', 'fired', 'over, once all was well'], ...rows], 'lrr', palette);
}

function recoveryTime({ healedAtMs, isOvertaken, recoveredAfterMs, recoverBoundMs }: ReportRecovery): string {
  if (healedAtMs === undefined) return 'never healed';
  return isOvertaken === true ? 'next step came' : afterMs(recoveredAfterMs, recoverBoundMs);
}

/** `4.20 s of 45.0 s`: what it took, of what it may take. */
function afterMs(ms: ReportRecovery['recoveredAfterMs'], boundMs: number | undefined): string {
  const took = ms === undefined ? 'not seen' : formatDuration(ms * 1_000);
  return boundMs === undefined ? took : `${took} of ${formatDuration(boundMs * 1_000)}`;
}

function residueSection(residue: RunReport['residue'], palette: Palette): Lines {
  if (residue === undefined) return [];
  return [
    palette.bold('What is left of it'),
    ...wrapText(`looked at ${residue.looked.join(', ')}`, columns, 2, 4).map(palette.dim),
    ...(residue.found.length === 0
      ? ['  nothing']
      : residue.found.flatMap((found) => wrapText(`- ${found}`, columns, 2, 4)).map(palette.yellow)),
  ];
}

function loadSections(load: ReportLoad, palette: Palette): readonly Lines[] {
  const { manifest, latency } = load;
  const { finished } = manifest;
  const sent =
    finished === undefined
      ? 'the generator did not finish'
      : `${formatCount(finished.attempted)} sent, ${formatCount(finished.dropped)} dropped`;
  const answers = Object.entries(latency.answers.byStatus)
    .map(([status, count]) => `${status}: ${formatCount(count)}`)
    .join(', ');
  return [
    [
      palette.bold('Load'),
      ...wrapText(`${loadWords(load)}; ${sent}`, columns, 2, 4),
      ...wrapText(
        `answers ${answers}; ${formatCount(latency.answers.retriedOrders)} orders were sent more than once`,
        columns,
        2,
        4,
      ),
    ],
    ...(load.phases === undefined ? [] : [loadPhasesSection(load.phases, load.knee, palette)]),
    latencySection('Latency to the 201, from the intended time, retries included', latency, 'final', palette),
    latencySection('Latency to the first answer of any kind', latency, 'firstTry', palette),
  ];
}

function loadPhasesSection(
  phases: readonly ReportLoadPhase[],
  knee: ReportLoad['knee'],
  palette: Palette,
): Lines {
  const rows = loadPhaseRows(phases);
  const [title = '', head = '', ...lines] = section(
    'Phases of the load',
    [loadPhaseHead(phases), ...rows.map(({ cells, promises }) => [...cells, promises])],
    'lrrrrrrl',
    palette,
  );
  const colours = { good: palette.green, bad: palette.red, warn: palette.yellow, soft: palette.dim };
  return [
    ...[title, head],
    ...lines.map((line, at) => colours[rows[at]?.tone ?? 'soft'](line)),
    ...(knee === undefined ? [] : wrapText(kneeWords(knee), columns, 2)),
  ];
}

function latencySection(
  title: string,
  { overall, windows }: ReportLoad['latency'],
  which: 'final' | 'firstTry',
  palette: Palette,
): Lines {
  const row = (summary: LatencySummary): readonly string[] => {
    return [summary.name, formatCount(summary[which]?.samples ?? 0), ...percentileCells(summary[which])];
  };
  const head = ['', 'orders', 'p50', 'p90', 'p99', 'p99.9', 'max'];
  return section(title, [head, ...windows.map(row), row(overall)], 'lrrrrrr', palette);
}

function percentileCells(percentiles: Percentiles | undefined): readonly string[] {
  if (percentiles === undefined) return ['-', '-', '-', '-', '-'];
  const { p50Us, p90Us, p99Us, p999Us, maxUs } = percentiles;
  return [p50Us, p90Us, p99Us, p999Us, maxUs].map(formatDuration);
}

function ledgerSections(ledger: LedgerResult, palette: Palette): readonly Lines[] {
  const table = ledgerRows(ledger.counts).map(({ name, count, remark }) => [
    name,
    formatCount(count),
    remark,
  ]);
  const held = ledger.checked.filter((name) => ledger.findings.every(({ invariant }) => invariant !== name));
  return [
    section('Ledger', table, 'lrl', palette),
    [
      palette.bold('Invariants'),
      ...wrapText(`hold: ${held.length === 0 ? 'none' : held.join(', ')}`, columns, 2, 4),
      ...ledger.notChecked.flatMap(({ invariant, why }) =>
        wrapText(`not checked: ${invariant} (${why})`, columns, 2, 4).map(palette.yellow),
      ),
      ...ledger.gaps.flatMap((gap) => wrapText(`gap: ${gap}`, columns, 2, 4).map(palette.yellow)),
    ],
    ...ledger.findings.map((finding) => findingSection(finding, palette)),
  ];
}

function findingSection(finding: Finding, palette: Palette): Lines {
  const { invariant, count, meaning, isExpected, breaches, samples } = finding;
  const colour = isExpected ? palette.yellow : palette.red;
  const kinds = Object.entries(breaches).map(([breach, times]) => `${breach} ${formatCount(times)}`);
  return [
    colour(palette.bold(`${invariant}: ${formatCount(count)}${isExpected ? ' (expected)' : ''}`)),
    ...wrapText(meaning, columns, 2),
    ...wrapText(`by kind: ${kinds.join(', ')}`, columns, 2, 4),
    ...samples.flatMap(({ subject, breach, evidence }) => [
      `  ${subject}  ${breach}`,
      ...wrapText(evidence, columns, 6).map(palette.dim),
    ]),
    ...(count > samples.length ? [palette.dim(`  and ${formatCount(count - samples.length)} more`)] : []),
  ];
}

function costsSection({ costs, machine }: RunReport, palette: Palette): Lines {
  const rows = costs.map(({ process, cpuUsPerOrder }) => [process, `${cpuUsPerOrder.toFixed(1)} µs`]);
  const { cores, loadAverageBefore: before, loadAverageAfter: after } = machine;
  return [
    palette.bold('CPU per accepted order'),
    ...renderTable(rows, 'lr', 2, columns),
    palette.dim(`  ${cores} cores, load average ${before.toFixed(2)} before, ${after.toFixed(2)} after`),
  ];
}

function linksSection({ links, decision }: RunReport, palette: Palette): Lines {
  const rows = links.map(({ title, at }) => [title, at]);
  return [
    palette.bold('Read on'),
    ...renderTable(rows, 'll', 2, columns),
    palette.dim(
      `  exit code ${exitCodes[decision.verdict]}; docs/guarantees.md says what each invariant promises`,
    ),
  ];
}

/** A titled table whose first row, when its first cell is empty, is a heading. */
function section(
  title: string,
  rows: readonly (readonly string[])[],
  aligns: string,
  palette: Palette,
): Lines {
  const lines = renderTable(rows, aligns, 2, columns);
  return [
    palette.bold(title),
    ...lines.map((line, at) => (at === 0 && rows[0]?.[0] === '' ? palette.dim(line) : line)),
  ];
}
