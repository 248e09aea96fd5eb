import { type Experiment, planExperiment, storm } from '../chaos/index.ts';
import {
  blackFridayLimits,
  blackFridaySizes,
  excuseOf,
  faultWindow,
  judgePromisesAfter,
  judgeRefusals,
  judgeRun,
  type ProofCheck,
} from '../loadtests/proofs/index.ts';
import { acceptanceObjectives, type RunReport, takePulse } from '../verdict/index.ts';
import { openRun } from './audit.ts';
import type { CommandContext } from './command.ts';
import { prepareGenerators } from './experiment.ts';
import { planLoadRun } from './load.ts';
import { type LoadChoice, planLoad } from './load-plan.ts';
import { observe } from './proof-observe.ts';
import type { ProofPlatform } from './proof-platform.ts';
import type { Proven } from './proof-result.ts';
import { strikeAtPeak } from './storm.ts';

const shape = 'black-friday';
const { ordersPerRequest, recoverMs } = blackFridayLimits;

/** Black Friday by k6: promises kept in every phase, nothing dropped, every order accounted for. */
export async function proveBlackFriday(platform: ProofPlatform): Promise<Proven> {
  const { rate, time: scale } = blackFridaySizes[platform.size];
  const experiment = planLoadRun(shape, { ...byK6, rate, scale });
  const k6 = await k6For(experiment, platform.context);
  const { report, machine } = await observe(platform, experiment, () => k6);
  return {
    checks: [...judgeRun(report), judgePhases(report)],
    runs: [report],
    excuse: excuseOf([report], [machine]),
  };
}

/** The same, with the broker that leads the orders and payment killed at the peak. */
export async function proveBlackFridayWithFaults(platform: ProofPlatform): Promise<Proven> {
  const { rate, timeWithFaults: scale } = blackFridaySizes[platform.size];
  const experiment = killAtPeak(planLoad(shape, { ...byK6, rate, scale }, storm.load));
  const k6 = await k6For(experiment, platform.context);
  const report = await platform.conduct(experiment, k6);
  return {
    checks: [...judgeRun(report), ...(await judgeFaults(report, platform))],
    runs: [report],
    // Killed processes have no account of what they used.
    excuse: excuseOf([report], []),
  };
}

const byK6: LoadChoice = { client: 'k6', ordersPerRequest };

/** The first step of the storm alone, with the bound of the line. Pure. */
export function killAtPeak(load: Experiment['load']): Experiment {
  const whole = planExperiment(storm, { load });
  return strikeAtPeak({
    ...whole,
    name: 'black-friday-faults',
    hypothesis:
      'a broker leader and a payment process that are killed at the peak cost no order, and promises are kept again soon',
    steps: whole.steps.slice(0, 1),
    bounds: { ...whole.bounds, recoverMs },
  });
}

async function k6For(experiment: Experiment, context: CommandContext) {
  return (await prepareGenerators([experiment], { client: 'k6' }, context))(experiment);
}

/** How every phase kept what is promised, with the figures of the worst. Pure. */
export function judgePhases({ load }: Pick<RunReport, 'load'>): ProofCheck {
  const row = { name: 'promises are kept in every phase', restsOnSpeed: true };
  const judged = (load?.phases ?? []).filter(({ isJudged }) => isJudged);
  const [worst] = judged.toSorted((a, b) => (a.withinShare ?? 0) - (b.withinShare ?? 0));
  if (worst === undefined) {
    return { ...row, found: '', check: { status: 'unknown', detail: 'no phase was measured' } };
  }
  const { name, withinShare = 0, withinMs, acceptedShare = 0 } = worst;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const found = `at worst ${percent(withinShare)} within ${withinMs} ms, ${percent(acceptedShare)} 201 (${name})`;
  const broken =
    judged.find(({ promises }) => promises.status === 'not-met') ??
    judged.find(({ promises }) => promises.status === 'unknown');
  return { ...row, found, check: broken?.promises ?? { status: 'met' } };
}

async function judgeFaults(report: RunReport, { options }: ProofPlatform): Promise<readonly ProofCheck[]> {
  const window = faultWindow(report, recoverMs);
  if (window === undefined || report.load === undefined) {
    const check = { status: 'unknown', detail: 'nothing was broken, or something never healed' } as const;
    return [{ name: 'the faults have a window', found: '', check, restsOnSpeed: false }];
  }
  const { durationSeconds } = report.load.manifest;
  const history = await openRun(options, report.runId);
  const pulse = await takePulse(history.batches(), acceptanceObjectives.withinMs);
  return [
    judgeRefusals(pulse, window),
    await judgePromisesAfter(history.batches(), window, { durationSeconds, ordersPerRequest, recoverMs }),
  ];
}
