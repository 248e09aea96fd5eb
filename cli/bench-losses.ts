import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { experimentNamed, needsDisks, planExperiment } from '../chaos/index.ts';
import {
  type Arm,
  type BenchSettings,
  type LossExperiment,
  type LossResult,
  whyOf,
} from '../loadtests/bench/index.ts';
import { problemsOfDisks } from '../targets/local/index.ts';
import type { LedgerResult, RunReport } from '../verdict/index.ts';
import { type BenchTools, createArmTarget } from './bench-turns.ts';
import type { CommandContext, PlatformOptions } from './command.ts';
import { conductExperiment } from './experiment.ts';
import { recorderGenerator } from './generators.ts';

/** Enough to lose many, and little enough for every arm to deliver. */
const fullRate = 500;

/**
 * Breaks a fresh platform of an arm as an experiment says, under load, and counts by the ledger what became of every order.
 * What cannot be broken, or not be brought up, is INCONCLUSIVE.
 *
 * @throws the signal's reason when it was interrupted; everything is healed and stopped then
 */
export async function countLosses(options: {
  readonly arm: Arm;
  readonly name: LossExperiment;
  readonly settings: Pick<BenchSettings, 'isQuick' | 'pacedRate' | 'lossSeconds'>;
  readonly tools: BenchTools;
  readonly platformsDir: string;
  /** Where the logs of a platform go that lost orders, or was not measured. */
  readonly directory: string;
  readonly platform: PlatformOptions;
  readonly context: CommandContext;
}): Promise<LossResult> {
  const { arm, name, context } = options;
  const { terminal, signal } = context;
  const { isQuick, pacedRate, lossSeconds } = options.settings;
  const experiment = planExperiment(experimentNamed(name), {
    load: {
      rate: isQuick ? Math.min(pacedRate, fullRate) : fullRate,
      ...(lossSeconds === undefined ? {} : { durationSeconds: lossSeconds }),
    },
  });
  const { rate, durationSeconds: seconds } = experiment.load;
  const uncounted = (reasons: readonly string[]): LossResult => ({
    ...{ arm: arm.name, experiment: name, verdict: 'INCONCLUSIVE', rate, seconds, reasons },
  });
  const disks = needsDisks(experiment);
  const unsupported = disks ? problemsOfDisks() : [];
  if (unsupported.length > 0) return uncounted(unsupported);
  const runDir = join(options.platformsDir, `${arm.name}-${name}`);
  const target = createArmTarget({ arm, tools: options.tools, runDir, disks });
  let result: LossResult | undefined;
  try {
    terminal.status(`${arm.name}, ${name}: starting`);
    await target.up({ signal });
    const report = await conductExperiment({
      experiment,
      target,
      generatorOf: () => recorderGenerator,
      options: options.platform,
      context,
      // The price list tells of it.
      display: () => {},
    });
    signal.throwIfAborted();
    result = toLossResult(arm.name, { experiment: name, rate, seconds }, report);
    return result;
  } catch (error) {
    signal.throwIfAborted();
    return uncounted([whyOf(error)]);
  } finally {
    if (result?.verdict !== 'PASS' && !signal.aborted) {
      const logs = join(options.directory, `${arm.name}-${name}`, 'logs');
      await cp(target.logsDir, logs, { recursive: true }).catch(() => {
        // It never came so far as to log anything.
      });
    }
    await target.down({ deleteData: true });
  }
}

/** Pure. */
export function toLossResult(
  arm: LossResult['arm'],
  run: Pick<LossResult, 'experiment' | 'rate' | 'seconds'>,
  { decision, ledger }: Pick<RunReport, 'decision' | 'ledger'>,
): LossResult {
  return {
    arm,
    ...run,
    verdict: decision.verdict,
    ...(ledger === undefined ? {} : { counts: countsOf(ledger) }),
    reasons: decision.reasons.map(({ text }) => text),
  };
}

function countsOf({ counts, findings }: LedgerResult): NonNullable<LossResult['counts']> {
  const found = (name: LedgerResult['findings'][number]['invariant']) =>
    findings.find(({ invariant }) => invariant === name)?.count ?? 0;
  return {
    accepted: counts.accepted,
    lost: found('lost'),
    unsettled: found('unsettled'),
    chargedWithoutOrder: found('charge-without-order'),
  };
}
