import { setTimeout as sleep } from 'node:timers/promises';
import { awaitDrain, type Experiment, type LoadGenerator } from '../chaos/index.ts';
import {
  type MachineLoad,
  machineLoadOf,
  readUsage,
  shareCpu,
  type UsageReading,
  watchSettlement,
} from '../loadtests/bench/index.ts';
import { type MemorySeries, type ProofSize, watchMemory } from '../loadtests/proofs/index.ts';
import type { LocalTarget } from '../targets/local/index.ts';
import { type LoadShape, peakRate, type RunReport, totalMs } from '../verdict/index.ts';
import type { CommandContext, PlatformOptions } from './command.ts';
import { conductOnOwnPlatform } from './own-platform.ts';
import { prepareLocalTarget } from './platform.ts';
import { takeTurn } from './turn.ts';

/** What a proof is made on. */
export type ProofPlatform = {
  readonly target: LocalTarget;
  readonly size: ProofSize;
  readonly options: PlatformOptions;
  readonly context: CommandContext;
  /** Runs an experiment with a load generator, and leaves its report in the run's directory. */
  conduct(experiment: Experiment, generator: LoadGenerator): Promise<RunReport>;
};

/**
 * Gives `body` the platform as it is delivered, without proxies: the one of the state directory where it runs already, else one
 * that is brought up, and removed in the end unless it is to be kept.
 *
 * @throws TargetError `busy` where one with other settings runs, one with proxies for example
 */
export async function withProofPlatform<T>(
  options: PlatformOptions & { readonly keep?: boolean; readonly size: ProofSize },
  context: CommandContext,
  body: (platform: ProofPlatform) => Promise<T>,
): Promise<T> {
  const target = await prepareLocalTarget({ ...options, chaos: false }, context);
  const generators = new Map<Experiment, LoadGenerator>();
  const generatorOf = (experiment: Experiment): LoadGenerator => {
    const generator = generators.get(experiment);
    if (generator === undefined) throw new Error(`nobody sends the load of ${experiment.name}`);
    return generator;
  };
  // The proof tells of its runs; each one's report is in its directory.
  const run = { target, generatorOf, options, context, display: () => {} };
  return takeTurn(options, () =>
    conductOnOwnPlatform(run, (conduct) =>
      body({
        ...{ target, size: options.size, options, context },
        conduct(experiment, generator) {
          generators.set(experiment, generator);
          return conduct(experiment);
        },
      }),
    ),
  );
}

/** A load of this shape, whole. */
export function loadOfShape(shape: LoadShape): Experiment['load'] {
  return { rate: peakRate(shape), durationSeconds: totalMs(shape) / 1_000, shape };
}

/** A run, and what was seen of the platform while its load was sent and settled. */
export type ObservedRun = {
  readonly report: RunReport;
  /** Undefined when they could not be taken. */
  readonly usage: { readonly before: UsageReading; readonly after: UsageReading } | undefined;
  /** By process, without the generator; empty when it could not be read, or nothing was accepted. */
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
  /** What else the machine did. */
  readonly machine: MachineLoad | undefined;
  readonly memory: MemorySeries;
  /** Undefined when nobody was to look, or not every outcome was seen as it came. */
  readonly settlementP99Ms: number | undefined;
};

const drainMs = 300_000;
/** Spans and metrics of the last orders are handed on within 2 s; what that costs is part of an order's price. */
const telemetryMs = 3_000;
const lookEveryMs: Readonly<Record<ProofSize, number>> = { full: 2_000, small: 400 };

/**
 * Conducts an experiment that breaks nothing and looks at the platform meanwhile: CPU and bytes from before the load until all of it
 * is settled and told, memory while it is sent, settlement as outcomes come.
 *
 * @param generatorOf is given what tells of the generator's process, so that it is looked at as well
 */
export async function observe(
  { target, size, context, conduct }: ProofPlatform,
  experiment: Experiment,
  generatorOf: (onStart: (pid: number) => void) => LoadGenerator,
  { watchesSettlement = false } = {},
): Promise<ObservedRun> {
  let memory: ReturnType<typeof watchMemory> | undefined;
  let settlement: Awaited<ReturnType<typeof watchSettlement>> | undefined;
  let before: UsageReading | undefined;
  let after: UsageReading | undefined;
  const inner = generatorOf((pid) => memory?.add('recorder', pid));
  const generator: LoadGenerator = {
    client: inner.client,
    async send(load) {
      before = await readUsage(target);
      if (watchesSettlement) settlement = await watchSettlement(target, load.runId);
      memory = watchMemory(target, lookEveryMs[size]);
      const sent = await inner.send(load).finally(() => memory?.stop());
      after = await readAtRest(target, load.signal);
      return sent;
    },
  };
  try {
    const report = await conduct(experiment, generator);
    const settled = settledOf(report);
    const settlementP99Ms =
      settled === undefined ? undefined : await settlement?.finish(settled, context.signal).catch(unseen);
    const usage = before && after && { before, after };
    return {
      ...{ report, usage, settlementP99Ms },
      ...costsOf(usage, report),
      memory: memory?.series() ?? new Map(),
    };
  } finally {
    await settlement?.close();
  }
}

const unseen = () => undefined;

/** @returns undefined when it cannot be read, or somebody ended the run: the load is sent all the same */
async function readAtRest(target: LocalTarget, signal: AbortSignal): Promise<UsageReading | undefined> {
  try {
    await awaitDrain({ target, timeoutMs: drainMs, signal, onProgress: () => {} });
    await sleep(telemetryMs, undefined, { signal });
    return await readUsage(target);
  } catch {
    return undefined;
  }
}

/** Outcomes that must have come; undefined where nobody counted them. */
function settledOf({ ledger }: RunReport): number | undefined {
  if (ledger === undefined) return undefined;
  const { charged, declined, conflict } = ledger.counts;
  return charged + declined + conflict;
}

function costsOf(
  usage: ObservedRun['usage'],
  { ledger, load }: RunReport,
): Pick<ObservedRun, 'cpuUsPerOrder' | 'machine'> {
  const accepted = ledger?.counts.accepted ?? 0;
  if (usage === undefined || accepted === 0) return { cpuUsPerOrder: {}, machine: undefined };
  try {
    const { before, after } = usage;
    return {
      cpuUsPerOrder: shareCpu(before.cpu, after.cpu, accepted),
      machine: machineLoadOf(before, after, load?.manifest.finished?.cpuUs ?? 0),
    };
  } catch {
    // A process that was not the same all the time has no figure.
    return { cpuUsPerOrder: {}, machine: undefined };
  }
}
