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
import type { RunReport } from '../verdict/index.ts';
import type { ProofPlatform } from './proof-platform.ts';

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
