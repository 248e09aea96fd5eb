import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitDrain } from '../chaos/index.ts';
import {
  type Arm,
  type ArmName,
  armNames,
  awaitConsumerRest,
  type BenchSettings,
  measureTurn,
  type Rest,
  readPeerUnacknowledged,
  type Turn,
  type TurnOutcome,
  whyOf,
} from '../loadtests/bench/index.ts';
import { createLocalTarget, type LocalTarget, toolsNeeded } from '../targets/local/index.ts';
import type { Target } from '../targets/target.ts';
import type { ToolName } from '../tools/index.ts';
import type { CommandContext } from './command.ts';
import { attachOrNothing } from './platform.ts';

/** External programs by name, found before the first turn. */
export type BenchTools = Readonly<Partial<Record<ToolName, string>>>;

/** What an arm needs beside Node. */
export function toolsOfArm(arm: Arm): readonly ToolName[] {
  const needed = toolsNeeded({ topology: arm.topology, chaos: arm.isProxied });
  return arm.kind === 'ceiling' ? [...needed, 'nats'] : needed;
}

/** A platform of an arm that has never run. */
export function createArmTarget(options: {
  readonly arm: Arm;
  readonly runDir: string;
  readonly tools: BenchTools;
  /** Whether its brokers' disks can be made to fail. */
  readonly disks?: boolean;
}): LocalTarget {
  const { arm, runDir, tools, disks = false } = options;
  const { topology, settings, overrides, isProxied: chaos, isSecured: tls } = arm;
  return createLocalTarget({ topology, settings, overrides, chaos, tls, runDir, tools, disks });
}

/** An arm that pays nothing for being slow to settle would be measured with a backlog. */
const drainMs = 300_000;

/**
 * Gives an arm its turn on a fresh platform, of which nothing is left afterwards; what explains a turn without figures (logs,
 * histories) stays in the directory of the run.
 *
 * @throws the signal's reason when it was interrupted, with the platform stopped
 */
export async function takeArmTurn(options: {
  readonly arm: Arm;
  readonly turn: Turn<ArmName>;
  readonly settings: BenchSettings;
  readonly tools: BenchTools;
  /** Where platforms of this state directory live. */
  readonly platformsDir: string;
  /** The directory of this run. */
  readonly directory: string;
  readonly context: CommandContext;
}): Promise<TurnOutcome> {
  const { arm, turn, settings, tools, directory, context } = options;
  const { terminal, signal } = context;
  const name = `${arm.name}-${turn.round}`;
  const create = () => createArmTarget({ arm, tools, runDir: join(options.platformsDir, name) });
  let target = create();
  const histories = join(directory, name);
  let outcome: TurnOutcome | undefined;
  try {
    terminal.status(`${name}: starting`);
    outcome = await startAndMeasure(target, {
      arm,
      settings,
      directory: histories,
      natsPath: tools.nats,
      runId: runIdOf(turn),
      async renew() {
        terminal.status(`${name}: starting anew`);
        await target.down({ deleteData: true });
        target = create();
        await target.up({ signal });
        return target;
      },
      awaitRest: (of, { kind }) => awaitRestOf(of, kind, signal),
      signal,
      onStatus: (text) => terminal.status(`${name}: ${text}`),
      onProblem: (text) => terminal.warn(text),
    });
    return outcome;
  } finally {
    if (outcome?.outcome === 'measured' || signal.aborted) {
      await rm(histories, { recursive: true, force: true });
    } else {
      await cp(target.logsDir, join(histories, 'logs'), { recursive: true }).catch(() => {
        // It never came so far as to log anything.
      });
    }
    terminal.status(`${name}: stopping`);
    await target.down({ deleteData: true });
  }
}

/**
 * Begins the run ids of a turn. Every order has its run id, and its key begins with it: with the arm's name in it, arms of
 * longer names would be charged for more bytes. Pure.
 */
export function runIdOf({ arm, round }: Turn<ArmName>): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `bench-${two(armNames.indexOf(arm))}-${two(round)}`;
}

async function startAndMeasure(
  target: LocalTarget,
  run: Omit<Parameters<typeof measureTurn>[0], 'target'> & {
    /** Told what keeps the platform from starting, with the end of the log that says so. */
    readonly onProblem: (text: string) => void;
  },
): Promise<TurnOutcome> {
  try {
    await target.up({ signal: run.signal });
  } catch (error) {
    run.signal.throwIfAborted();
    run.onProblem(error instanceof Error ? error.message : String(error));
    return { outcome: 'inconclusive', why: `the platform did not start: ${whyOf(error)}` };
  }
  return measureTurn({ ...run, target });
}

/**
 * What spans and metrics of the last orders cost comes after them: a service hands them on within 2 s
 * (services/runtime/telemetry.ts), and what that costs the collector is part of an order's price.
 */
const telemetryMs = 3_000;

async function awaitRestOf(target: Target, kind: Arm['kind'], signal: AbortSignal): Promise<Rest> {
  const options = { timeoutMs: drainMs, signal };
  if (kind === 'peer') {
    return awaitConsumerRest(target, {
      ...options,
      readUnacknowledged: () => readPeerUnacknowledged(target),
    });
  }
  const rest = await awaitDrain({ target, ...options, onProgress: () => {} });
  await sleep(telemetryMs, undefined, { signal });
  return rest;
}

/** Stops and removes what a run left that was killed. */
export async function removeLeftovers(platformsDir: string, { terminal }: CommandContext): Promise<void> {
  for (const name of await readdir(platformsDir).catch(() => [])) {
    const left = await attachOrNothing(join(platformsDir, name));
    if (left === undefined) continue;
    terminal.say(`removing what an earlier run had left: ${name}`);
    await left.down({ deleteData: true });
  }
}
