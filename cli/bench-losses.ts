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
const rateMax = 500;

/**
 * Breaks a fresh platform of an arm as an experiment says, under load, and counts by the ledger what became of every order.
 * What cannot be broken, or not be brought up, is INCONCLUSIVE.
 *
 * @throws the signal's reason when it was interrupted; everything is healed and stopped then
 */
export async function countLosses(options: {
  readonly arm: Arm;
  readonly name: LossExperiment;
  readonly settings: Pick<BenchSettings, 'pacedRate' | 'lossSeconds'>;
  readonly tools: BenchTools;
  readonly platformsDir: string;
  readonly platform: PlatformOptions;
  readonly context: CommandContext;
}): Promise<LossResult> {
  const { arm, name, context } = options;
  const { terminal, signal } = context;
  const { pacedRate, lossSeconds } = options.settings;
  const experiment = planExperiment(experimentNamed(name), {
    load: {
      rate: Math.min(pacedRate, rateMax),
      ...(lossSeconds === undefined ? {} : { durationSeconds: lossSeconds }),
    },
  });
  const disks = needsDisks(experiment);
  const unsupported = disks ? problemsOfDisks() : [];
  if (unsupported.length > 0) {
    return { arm: arm.name, experiment: name, verdict: 'INCONCLUSIVE', reasons: unsupported };
  }
  const runDir = join(options.platformsDir, `${arm.name}-${name}`);
  const target = createArmTarget({ arm, tools: options.tools, runDir, disks });
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
    return toLossResult(arm.name, name, report);
  } catch (error) {
    signal.throwIfAborted();
    return { arm: arm.name, experiment: name, verdict: 'INCONCLUSIVE', reasons: [whyOf(error)] };
  } finally {
    await target.down({ deleteData: true });
  }
}

/** Pure. */
export function toLossResult(
  arm: LossResult['arm'],
  experiment: string,
  { decision, ledger }: Pick<RunReport, 'decision' | 'ledger'>,
): LossResult {
  return {
    arm,
    experiment,
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
