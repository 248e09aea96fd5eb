import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import {
  type Experiment,
  experimentFile,
  type FaultRecord,
  faultKinds,
  journalFile,
  type LoadGenerator,
  refuseImpossible,
  renderExperimentFile,
  runExperiment,
  startDeadMan,
  sweeps,
} from '../chaos/index.ts';
import type { Target } from '../targets/target.ts';
import {
  exitCodes,
  openJournal,
  type RunReport,
  readChartLibrary,
  renderChaosToolkit,
  renderHtml,
  renderJson,
  renderJunit,
  renderTerminal,
} from '../verdict/index.ts';
import { calibrate, refuseMemoryHunger } from './calibration.ts';
import {
  type CommandContext,
  newRunId,
  type PlatformOptions,
  runsDirOf,
  type TargetOptions,
} from './command.ts';
import { UsageError } from './failure.ts';
import { tellFaults } from './fault-metrics.ts';
import { k6Generator, recorderGenerator } from './generators.ts';
import { findTools } from './platform.ts';
import { localRecorders, podRecorders } from './shared-load.ts';
import type { Terminal } from './terminal.ts';

/** What `storm` and `load` have in common. */
export type LoadOptions = PlatformOptions & {
  /** Where none is asked for, an experiment chooses. */
  readonly client?: LoadClient;
  readonly seed?: number;
  /** Whether k6's own cost is measured first; default true. */
  readonly calibration?: boolean;
  /** How many recorders share the orders, in a cluster as its pods; default one, on this machine. */
  readonly generators?: number;
};

type LoadClient = LoadGenerator['client'];

/**
 * The load generator of each experiment: the one that was asked for, or its own. k6 is found or built if one needs it, and
 * calibrated.
 *
 * @throws UsageError when k6 cannot deliver on this machine what is asked of it, or has not the memory for it; or the recorder is asked
 *   for requests of several orders, or k6 to share the orders with others
 */
export async function prepareGenerators(
  experiments: readonly Experiment[],
  options: Pick<LoadOptions, 'client' | 'calibration' | 'generators' | keyof TargetOptions>,
  context: CommandContext,
): Promise<(experiment: Experiment) => LoadGenerator> {
  const clientOf = ({ load }: Experiment): LoadClient => options.client ?? load.client ?? 'recorder';
  for (const experiment of experiments) {
    const { ordersPerRequest = 1 } = experiment.load;
    if (ordersPerRequest === 1 || clientOf(experiment) === 'k6') continue;
    throw new UsageError(
      `${experiment.name} has ${ordersPerRequest} orders in a request, and the recorder sends one; expected --client k6`,
    );
  }
  const ofK6 = experiments.filter((experiment) => clientOf(experiment) === 'k6').map(({ load }) => load);
  if (options.generators !== undefined && ofK6.length > 0) {
    throw new UsageError('--generators: k6 runs alone; expected --client recorder');
  }
  const recorders = recordersFor(options, context);
  if (ofK6.length === 0) return () => recorders;
  refuseMemoryHunger(ofK6, freemem());
  const { k6: k6Path } = await findTools(['k6'], context);
  const calibration = options.calibration === false ? undefined : await calibrate(ofK6, k6Path, context);
  const k6 = k6Generator(k6Path, calibration);
  return (experiment) => (clientOf(experiment) === 'k6' ? k6 : recorderGenerator);
}

/** One recorder or several, on this machine; in a cluster, where their number is said, as pods of it. */
function recordersFor(
  options: Pick<LoadOptions, 'generators' | keyof TargetOptions>,
  context: CommandContext,
): LoadGenerator {
  const { generators, target } = options;
  if (generators !== undefined && target === 'kubernetes') return podRecorders(generators, options, context);
  return generators === undefined || generators === 1 ? recorderGenerator : localRecorders(generators);
}

/**
 * Runs an experiment on a platform that is up, leaves what is needed to repeat it, journal, history and report in the run's
 * directory, shows the report, and sets the exit code of its verdict.
 *
 * @throws TargetError `unsupported` when the platform cannot have its faults; nothing was done then
 */
export async function conductExperiment({
  experiment,
  target,
  generatorOf,
  options,
  context: { terminal, signal },
  display = showWhole,
}: {
  readonly experiment: Experiment;
  readonly target: Target;
  readonly generatorOf: (experiment: Experiment) => LoadGenerator;
  readonly options: PlatformOptions & { readonly seed?: number };
  readonly context: CommandContext;
  readonly display?: Display | undefined;
}): Promise<RunReport> {
  await refuseImpossible(experiment, target, faultKinds);
  const runId = newRunId(experiment.name, new Date(), Math.random());
  const directory = join(runsDirOf(options), runId);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, experimentFile), renderExperimentFile(experiment));
  const journalPath = join(directory, journalFile);
  const journal = await openJournal(journalPath, {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  let faults: () => readonly FaultRecord[] = () => [];
  let telemetry: Awaited<ReturnType<typeof tellFaults>> | undefined;
  try {
    if (experiment.steps.length > 0) {
      telemetry = await tellFaults(target, runId, () => faults(), experiment.alerts === undefined);
    }
    terminal.say(`run ${runId}: ${experiment.hypothesis}`);
    const report = await runExperiment({
      experiment,
      target,
      kinds: faultKinds,
      sweeps,
      startDeadMan: () =>
        startDeadMan({ target: target.ref, journal: journalPath, logFile: join(directory, 'dead-man.log') }),
      generator: generatorOf(experiment),
      journal,
      runId,
      seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
      directory,
      signal,
      cores: availableParallelism(),
      nowMs: Date.now,
      onFaults: (records) => {
        faults = records;
      },
      onPhase: (name) => terminal.say(`  ${name}`),
      onStatus: terminal.status,
    });
    display(report, terminal);
    await writeReport(report, directory, terminal);
    return report;
  } finally {
    await Promise.all([journal.close(), telemetry?.shutdown()]);
  }
}

/** Runs one experiment on the platform that was chosen, and shows its report. */
export type Conduct = (experiment: Experiment) => Promise<RunReport>;

/** Shows a report that has just been made. */
export type Display = (report: RunReport, terminal: Terminal) => void;

/** Prints the report, and sets the exit code of its verdict. */
export function showWhole(report: RunReport, terminal: Terminal): void {
  terminal.print(renderTerminal(report, terminal.colors));
  if (terminal.isJson) process.stdout.write(renderJson(report));
  process.exitCode = exitCodes[report.decision.verdict];
}

/**
 * Writes the report beside the run's other files, that for programs first. What cannot be written, on a disk that is full for
 * example, is told; it keeps no other file from being written, and changes no verdict.
 */
export async function writeReport(
  report: RunReport,
  directory: string,
  terminal: Pick<Terminal, 'warn'>,
): Promise<void> {
  const files: Readonly<Record<string, () => string | Promise<string>>> = {
    'report.json': () => renderJson(report),
    'report.html': async () => renderHtml(report, await readChartLibrary()),
    'junit.xml': () => renderJunit(report),
    'chaos-toolkit.json': () => renderChaosToolkit(report),
  };
  for (const [file, render] of Object.entries(files)) {
    try {
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, file), await render());
    } catch (error) {
      terminal.warn(`${file} could not be written to ${directory}: ${(error as Error).message}`);
    }
  }
}
