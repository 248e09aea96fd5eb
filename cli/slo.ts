import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import {
  coverageOf,
  eventsToTell,
  parseOpenSlo,
  readSloStatus,
  renderOpenSlo,
  renderRules,
  type SloStatus,
  type SloVerdict,
  slos,
} from '../observability/slo/index.ts';
import { exitCodes } from '../verdict/index.ts';
import { formatCount, formatDuration, renderTable } from '../verdict/report/table.ts';
import { createCommandTerminal, type PlatformOptions, wholeNumber, withTargetOptions } from './command.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import { attachRunning } from './platform.ts';
import { addSloOpen } from './slo-open.ts';
import type { Terminal } from './terminal.ts';

type StatusOptions = PlatformOptions & { readonly for: number; readonly prometheus?: string };
type ExportOptions = {
  readonly format: 'openslo' | 'prometheus';
  readonly file?: string;
  readonly scale: number;
};

/** `stormproof slo`: the promises to customers, and how they stand. */
export function registerSlo(program: Command): void {
  const slo = program.command('slo').description('the promises to customers: how they stand, and as files');

  withTargetOptions(slo.command('status').description('show how the promises stand'))
    .option('--for <duration>', 'how far to look back: 90s, 10m, 2h, 3d', parseDuration, 3_600)
    .option('--prometheus <url>', 'ask this Prometheus; default: the one of the running platform')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof slo status --for 10m       the last ten minutes, and the budgets of thirty days
  $ stormproof slo status --target kubernetes
  $ stormproof slo status --json | jq '.slos[] | select(.verdict != "kept")'

Exit code 0 when every promise was kept in that time, 10 when one was broken, 11 when one could not be
measured, or in a part of that time only. A platform that is younger than that is judged by the time since it
began, once it has had orders enough.`,
    )
    .action(async (options: StatusOptions) => {
      const terminal = createCommandTerminal(options);
      const prometheus = options.prometheus ?? (await (await attachRunning(options)).addresses()).prometheus;
      if (prometheus === '')
        throw new UsageError('this platform has no Prometheus of its own; name yours (--prometheus)');
      const found = await readSloStatus({
        prometheus: prometheus.replace(/\/+$/, ''),
        slos,
        windowSeconds: options.for,
      });
      terminal.print(renderStatus(found, terminal));
      terminal.printJson({ prometheus, windowSeconds: options.for, slos: found });
      process.exitCode = exitCodeOf(found);
    });

  addSloOpen(slo);

  slo
    .command('export')
    .description('print the promises as OpenSLO, or as rules and alerts for Prometheus')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['openslo', 'prometheus']).default('openslo'),
    )
    .option('--file <path>', "OpenSLO documents to use instead of the platform's own promises")
    .option('--scale <n>', 'make the windows of the rules so many times shorter', wholeNumber(1, 1_000), 1)
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof slo export > slos.yaml
  $ stormproof slo export --format prometheus --file slos.yaml > rules.yml`,
    )
    .action(async ({ format, file, scale }: ExportOptions) => {
      const chosen = file === undefined ? slos : parseOpenSlo(await readFile(file, 'utf8'));
      process.stdout.write(
        format === 'openslo' ? renderOpenSlo(chosen) : renderRules({ slos: chosen, scale }),
      );
    });
}

function exitCodeOf(found: readonly SloStatus[]): number {
  if (found.some(({ verdict }) => verdict === 'broken')) return exitCodes.FAIL;
  const isKept = (slo: SloStatus) => slo.verdict === 'kept' && doesStand(slo);
  return found.every(isKept) ? exitCodes.PASS : exitCodes.INCONCLUSIVE;
}

/** Whether a verdict stands for something. */
function doesStand(slo: SloStatus): boolean {
  return ['whole', 'since-begin'].includes(coverageOf(slo));
}

const words: Readonly<Record<SloVerdict, string>> = {
  kept: 'kept',
  broken: 'BROKEN',
  'no-events': 'no events',
  'no-data': 'NO DATA',
};

/** A verdict on less than the window says of how much, or that it has ended. */
function wordOf(slo: SloStatus): string {
  const { verdict, measured } = slo;
  const word = words[verdict];
  const since = `${formatDuration(measured.sinceSeconds * 1_000_000)} since it began`;
  switch (verdict === 'no-data' ? 'whole' : coverageOf(slo)) {
    case 'whole':
      return word;
    case 'since-begin':
      return `${word} (${since})`;
    case 'few':
      return `${word} (${since}; ${formatCount(eventsToTell(slo))} events would tell)`;
    case 'part':
      return `${word} (${percent(measured.share, 0)} measured)`;
    case 'ended':
      return `${word} (${percent(measured.share, 0)} measured, none now)`;
  }
}

function renderStatus(found: readonly SloStatus[], { colors }: Terminal): string {
  const head = ['', 'events', 'bad', 'good', 'burn rate', 'budget left', 'with chaos', 'in that time'];
  const rows = found.map((slo) => [
    slo.title,
    formatCount(slo.events),
    formatCount(slo.badEvents),
    percent(slo.goodShare, 3),
    slo.burnRate === undefined ? '-' : `${slo.burnRate.toFixed(2)} x`,
    percent(slo.budgetLeft, 1),
    percent(slo.budgetLeftWithChaos, 1),
    wordOf(slo),
  ]);
  const [heading = '', ...lines] = renderTable([head, ...rows], 'lrrrrrrl', 0, 160);
  const coloured = lines.map((line, at) => {
    const slo = found[at];
    const verdict = slo?.verdict;
    return slo !== undefined && verdict === 'kept' && doesStand(slo)
      ? line
      : verdict === 'broken'
        ? colors.red(line)
        : colors.yellow(line);
  });
  const runbooks = found.flatMap(({ verdict, title, runbook }) =>
    verdict === 'broken' ? [`${title}: see ${runbook}`] : [],
  );
  return [colors.dim(heading), ...coloured, ...(runbooks.length === 0 ? [] : ['', ...runbooks])].join('\n');
}

function percent(share: number | undefined, digits: number): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(digits)} %`;
}
