import {
  type Arm,
  type BenchResults,
  type BenchSettings,
  describeArm,
  describeLoss,
  describeMachine,
  interleave,
  type LossResult,
  lossExperimentNames,
  type TurnOutcome,
  type TurnResult,
} from '../loadtests/bench/index.ts';
import { explainTools, type ToolName } from '../tools/index.ts';
import { countLosses } from './bench-losses.ts';
import { type BenchTools, removeLeftovers, takeArmTurn, toolsOfArm } from './bench-turns.ts';
import type { CommandContext, PlatformOptions } from './command.ts';
import { repositoryRoot } from './paths.ts';
import { findTools } from './platform.ts';

type BenchRun = {
  readonly arms: readonly Arm[];
  /** The platform as it is delivered, beside which losses are counted. */
  readonly delivered: Arm;
  readonly settings: BenchSettings;
  readonly countsLosses: boolean;
  readonly directory: string;
  /** Called after every turn and every loss with what was found so far. */
  readonly save: (soFar: BenchResults) => Promise<void>;
  readonly platformsDir: string;
  readonly options: PlatformOptions;
  readonly context: CommandContext;
};

/**
 * Runs the benchmark: every arm in each round, then the experiments of the price list. An interruption ends it with what was
 * found so far, and everything stopped.
 *
 * @throws what keeps a turn from being taken at all; what was found before it has been saved
 */
export async function runBench(run: BenchRun): Promise<BenchResults> {
  const { arms, settings, context, platformsDir } = run;
  const { signal } = context;
  await removeLeftovers(platformsDir, context);
  const lossArms = run.countsLosses ? lossArmsOf(run) : [];
  const needed = new Set(arms.flatMap(toolsOfArm));
  if (lossArms.length > 0)
    for (const name of [...toolsOfArm(run.delivered), 'faultfs' as const]) needed.add(name);
  const tools: BenchTools = await findTools<ToolName>([...needed], context);
  const startedAt = new Date().toISOString();
  const machine = await describeMachine({
    tools: await versionsOf([...needed], context),
    directory: platformsDir,
    repository: repositoryRoot,
  });

  const turns: TurnResult[] = [];
  const losses: LossResult[] = [];
  const soFar = (): BenchResults => ({
    schemaVersion: 2,
    startedAt,
    endedAt: new Date().toISOString(),
    settings,
    machine,
    arms: arms.map(describeArm),
    turns,
    losses,
    wasInterrupted: signal.aborted,
  });
  const save = () => run.save(soFar());
  try {
    await takeTurns(run, tools, turns, save);
    for (const arm of lossArms) {
      for (const name of lossExperimentNames) {
        const loss = await countLosses({ ...run, arm, name, tools, platform: run.options });
        losses.push(loss);
        await save();
        context.terminal.say(`${arm.name}, ${name}: lost ${describeLoss(loss)}`);
      }
    }
  } catch (error) {
    // What was interrupted has cleaned up behind itself; what came before it counts.
    if (!signal.aborted) throw error;
  }
  return soFar();
}

async function takeTurns(
  run: BenchRun,
  tools: BenchTools,
  turns: TurnResult[],
  save: () => Promise<void>,
): Promise<void> {
  const { arms, settings, context } = run;
  const names = arms.map(({ name }) => name);
  for (const turn of interleave(names, settings.rounds, settings.seed)) {
    context.signal.throwIfAborted();
    const arm = arms.find(({ name }) => name === turn.arm);
    if (arm === undefined) continue;
    const outcome = await takeArmTurn({ ...run, arm, turn, tools });
    turns.push({ ...turn, ...outcome });
    await save();
    context.terminal.say(
      `round ${turn.round} of ${settings.rounds}, ${turn.arm}: ${describeOutcome(outcome)}`,
    );
  }
}

/** Arms that go without one guarantee, and the one that goes without none. */
function lossArmsOf({ arms, delivered }: BenchRun): readonly Arm[] {
  return [delivered, ...arms.filter(({ lacks }) => lacks !== undefined)];
}

async function versionsOf(
  names: readonly ToolName[],
  { environment }: CommandContext,
): Promise<Record<string, string>> {
  const reports = await explainTools(names, environment);
  return Object.fromEntries(reports.map(({ name, version }) => [name, version ?? 'unknown']));
}

function describeOutcome(outcome: TurnOutcome): string {
  if (outcome.outcome === 'inconclusive') return `inconclusive: ${outcome.why}`;
  if (outcome.outcome === 'violated') {
    return outcome.findings.map(({ invariant, count }) => `${count} orders ${invariant}`).join(', ');
  }
  return `${Math.round(outcome.capacity.ordersPerSecond)} orders/s`;
}
