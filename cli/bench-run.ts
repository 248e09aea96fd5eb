import {
  type Arm,
  type BenchResults,
  type BenchSettings,
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
import { findTools } from './platform.ts';

type BenchRun = {
  readonly arms: readonly Arm[];
  /** The platform as it is delivered, beside which losses are counted. */
  readonly delivered: Arm;
  readonly settings: BenchSettings;
  readonly countsLosses: boolean;
  readonly directory: string;
  readonly platformsDir: string;
  readonly options: PlatformOptions;
  readonly context: CommandContext;
};

/**
 * Runs the benchmark: every arm in each round, then the experiments of the price list. An interruption ends it with what was
 * found so far, and everything stopped.
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
  const machine = describeMachine(await versionsOf([...needed], context));

  const turns: TurnResult[] = [];
  const losses: LossResult[] = [];
  try {
    await takeTurns(run, tools, turns);
    for (const arm of lossArms) {
      for (const name of lossExperimentNames) {
        const loss = await countLosses({ ...run, arm, name, tools, platform: run.options });
        losses.push(loss);
        context.terminal.say(`${arm.name}, ${name}: lost ${describeLoss(loss)}`);
      }
    }
  } catch (error) {
    // What was interrupted has cleaned up behind itself; what came before it counts.
    if (!signal.aborted) throw error;
  }
  return {
    schemaVersion: 1,
    startedAt,
    endedAt: new Date().toISOString(),
    settings,
    machine,
    arms: arms.map(({ name, title, kind, lacks }) => ({
      ...{ name, title, kind },
      ...(lacks === undefined ? {} : { lacks }),
    })),
    turns,
    losses,
    wasInterrupted: signal.aborted,
  };
}

async function takeTurns(run: BenchRun, tools: BenchTools, turns: TurnResult[]): Promise<void> {
  const { arms, settings, context } = run;
  const names = arms.map(({ name }) => name);
  for (const turn of interleave(names, settings.rounds)) {
    context.signal.throwIfAborted();
    const arm = arms.find(({ name }) => name === turn.arm);
    if (arm === undefined) continue;
    const outcome = await takeArmTurn({ ...run, arm, turn, tools });
    turns.push({ ...turn, ...outcome });
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
