import { join } from 'node:path';
import { awaitDrain } from '../chaos/index.ts';
import {
  armsOf,
  auditPhase,
  baselineName,
  measureGoodput,
  type PhaseRun,
  runPhase,
  throughputWindow,
} from '../loadtests/bench/index.ts';
import {
  excuseOf,
  judgeAftermath,
  judgeOverload,
  judgeRun,
  measureOverload,
  overloadLimits,
  overloadShape,
  overloadSizes,
  type ProofCheck,
} from '../loadtests/proofs/index.ts';
import { acceptanceObjectives, type LoadShape, phaseWindows, takePulse } from '../verdict/index.ts';
import { openRun } from './audit.ts';
import { settingsOf } from './bench-settings.ts';
import { newRunId, runsDirOf } from './command.ts';
import { createRecorder } from './generators.ts';
import { planLoadOf } from './load.ts';
import { observe } from './proof-observe.ts';
import { loadOfShape, type ProofPlatform } from './proof-platform.ts';
import type { Proven } from './proof-result.ts';

/** Clients that do not come again: what is sent is twice the capacity, and not more with each refusal. */
const oneTry = { deadlineMs: 0 };

/** Twice what a closed loop has just got out of the platform, and what comes after it. */
export async function proveOverload(platform: ProofPlatform): Promise<Proven> {
  const size = overloadSizes[platform.size];
  const { context, options } = platform;
  // Code gets warm, connections and files are there: without it the capacity would be that of a platform that has just started.
  const warmUp = await runClosedLoop(platform, size.warmUpSeconds);
  const { capacity, check } = await runClosedLoop(platform, size.capacitySeconds);
  context.terminal.say(`a closed loop gets ${Math.round(capacity)} orders/s out of it`);
  const rate = Math.max(1, Math.round(overloadLimits.factor * capacity));
  const shape = overloadShape(size, rate);
  const experiment = planLoadOf({ ...loadOfShape(shape), retry: oneTry });
  const { report, machine } = await observe(platform, experiment, createRecorder);
  const common = {
    checks: [warmUp.check, check, ...judgeRun(report)],
    runs: [report],
    excuse: excuseOf([report], [machine]),
  };
  if (report.load === undefined) return common;
  const history = await openRun(options, report.runId);
  const window = overloadWindow(shape);
  const figures = await measureOverload(history.batches(), window);
  const pulse = await takePulse(history.batches(), acceptanceObjectives.withinMs);
  const overload = { fromMs: window.fromUs / 1_000, toMs: window.toUs / 1_000 };
  return {
    ...common,
    checks: [
      ...common.checks,
      ...judgeOverload(figures, capacity),
      ...judgeAftermath(report, pulse, overload),
    ],
  };
}

function overloadWindow(shape: LoadShape): { readonly fromUs: number; readonly toUs: number } {
  const window = phaseWindows(shape).find(({ name }) => name === 'overload');
  if (window === undefined) throw new Error('the shape has no overload');
  return window;
}

/** What a closed loop gets out of the platform, and whether all of it was accounted for. */
async function runClosedLoop(
  { target, options, context }: ProofPlatform,
  seconds: number,
): Promise<{ readonly capacity: number; readonly check: ProofCheck }> {
  const { inFlight, capacityRateMax: rate } = settingsOf({});
  const { signal, terminal } = context;
  const runId = newRunId('capacity', new Date(), Math.random());
  const run: PhaseRun = {
    ...{ target, signal, phase: { runId, rate, seconds, inFlight } },
    arm: armsOf(target.topology)[baselineName],
    directory: join(runsDirOf(options), runId),
    awaitRest: (of) => awaitDrain({ target: of, timeoutMs: 300_000, signal, onProgress: () => {} }),
    onStatus: (text) => terminal.status(`capacity: ${text}`),
  };
  const { history, rest } = await runPhase(run);
  const { violations, gap } = await auditPhase(run, history, rest);
  const { acceptedPerSecond } = await measureGoodput(history.batches(), throughputWindow(seconds));
  return {
    capacity: acceptedPerSecond,
    check: {
      name: 'every order of the closed loop is accounted for',
      found: `${Math.round(acceptedPerSecond)} orders/s`,
      check: checkOf(violations, gap),
      restsOnSpeed: false,
    },
  };
}

function checkOf(
  violations: Awaited<ReturnType<typeof auditPhase>>['violations'],
  gap: string | undefined,
): ProofCheck['check'] {
  if (violations.length > 0) {
    const detail = violations.map(({ invariant, count }) => `${invariant}: ${count}`).join(', ');
    return { status: 'not-met', detail };
  }
  return gap === undefined ? { status: 'met' } : { status: 'unknown', detail: gap };
}
