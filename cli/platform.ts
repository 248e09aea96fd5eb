import { faultKinds, healOpenFaults } from '../chaos/index.ts';
import {
  attachLocalTarget,
  createLocalTarget,
  type LocalTarget,
  type LocalTargetOptions,
  toolsNeeded,
} from '../targets/local/index.ts';
import { type Target, TargetError } from '../targets/target.ts';
import { createBuildDisplay, ensureTools, type ToolName } from '../tools/index.ts';
import { platform, type ReplicaCounts, type Topology, withLocalReplicas } from '../topology/index.ts';
import { preflight, renderFinding } from '../topology/preflight/preflight.ts';
import { type CommandContext, type PlatformOptions, runDirOf, runsDirOf } from './command.ts';
import { attachKubernetes } from './kubernetes.ts';
import type { Terminal } from './terminal.ts';

/** Finds or builds external programs, and shows builds while they run. */
export async function findTools<Name extends ToolName>(
  names: readonly Name[],
  { terminal, signal, environment }: CommandContext,
): Promise<Record<Name, string>> {
  const display = createBuildDisplay({
    write: (text) => process.stderr.write(text),
    isTerminal: terminal.isInteractive,
    columns: terminal.columns,
    nowMs: () => performance.now(),
  });
  try {
    return await ensureTools(names, {
      env: environment,
      signal,
      ...(terminal.isJson ? {} : { onProgress: display.onProgress }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    display.close();
  }
}

/**
 * The platform of a state directory, ready to be brought up.
 * @throws TargetError `unsupported` when preflight finds an error in the topology
 */
export async function prepareLocalTarget(
  options: PlatformOptions & {
    readonly chaos: boolean;
    /** Which edges pass through proxies when there is chaos; default all. */
    readonly proxiedEdges?: readonly string[];
    /** Whether the brokers' disks can be made to fail; default false. */
    readonly disks?: boolean;
    /** Whether the brokers speak TLS; default false. */
    readonly tls?: boolean | undefined;
    /** Whether the order API lets in only who has the key of a client; default false. */
    readonly apiKeys?: boolean | undefined;
    /** How many times sooner than in operation alerts fire and end; default 1. */
    readonly alertScale?: number | undefined;
    /** Traces that Jaeger keeps; default as the platform is delivered. */
    readonly tracesMax?: number | undefined;
    /** How many instances share the work of a service; where none is named, as the platform is delivered. */
    readonly replicas?: ReplicaCounts | undefined;
    /** When brokers fsync, where that is not to be as the platform is delivered. Preflight does not judge it. */
    readonly syncInterval?: Topology['brokers']['syncInterval'] | undefined;
    readonly overrides?: LocalTargetOptions['overrides'];
  },
  context: CommandContext,
): Promise<LocalTarget> {
  const errors = preflight(platform).filter((finding) => finding.severity === 'error');
  if (errors.length > 0) {
    throw new TargetError(
      'unsupported',
      `preflight refuses the topology:\n${errors.map(renderFinding).join('\n')}`,
    );
  }
  const { chaos, proxiedEdges, disks = false, syncInterval = platform.brokers.syncInterval } = options;
  const replicated = withLocalReplicas(platform, options.replicas ?? {});
  const topology = { ...replicated, brokers: { ...platform.brokers, syncInterval } };
  const proxied = proxiedEdges === undefined ? {} : { proxiedEdges };
  const tools = await findTools(toolsNeeded({ topology, chaos, disks, ...proxied }), context);
  return createLocalTarget({
    topology,
    runDir: runDirOf(options),
    tools,
    chaos,
    ...proxied,
    disks,
    tls: options.tls === true,
    apiKeys: options.apiKeys === true,
    ...(options.alertScale === undefined ? {} : { alertScale: options.alertScale }),
    ...(options.tracesMax === undefined ? {} : { tracesMax: options.tracesMax }),
    ...(options.overrides === undefined ? {} : { overrides: options.overrides }),
  });
}

/**
 * The platform that is meant and runs.
 *
 * @param signal ends the attaching
 * @throws TargetError `not-running` when none does
 */
export async function attachRunning(
  options: PlatformOptions & { readonly generators?: number },
  signal?: AbortSignal,
): Promise<Target> {
  if (options.target === 'kubernetes') return attachKubernetes(options, signal);
  const target = await attachLocalTarget({ runDir: runDirOf(options) });
  if (!(await isUp(target))) {
    throw new TargetError('not-running', `no platform runs in ${runDirOf(options)}; start one (\`up\`)`);
  }
  return target;
}

/** The platform of a directory as it is, running or not; undefined where none was ever started. */
export async function attachOrNothing(runDir: string): Promise<LocalTarget | undefined> {
  try {
    return await attachLocalTarget({ runDir });
  } catch (error) {
    if (error instanceof TargetError && error.code === 'not-running') return undefined;
    throw error;
  }
}

/** The platform of the state directory, if it runs already: a run takes it as it is, where no option says otherwise. */
export async function runningPlatform(options: PlatformOptions): Promise<LocalTarget | undefined> {
  const last = await attachOrNothing(runDirOf(options));
  return last !== undefined && (await isUp(last)) ? last : undefined;
}

/** Whether the platform was brought up, and anything of it runs still. */
export async function isUp(target: LocalTarget): Promise<boolean> {
  const { phase, instances } = await target.status();
  return phase === 'up' && instances.some(({ state }) => state !== 'stopped');
}

/**
 * Brings the platform up, says so as it goes, and heals what an earlier run may have left broken. The caller has the
 * turn (turn.ts).
 */
export async function bringUp(
  target: LocalTarget,
  options: PlatformOptions,
  { terminal, signal }: CommandContext,
): Promise<void> {
  const waiting = new Set<string>();
  await target.up({
    signal,
    onProgress: ({ instance, state }) => {
      if (state === 'reaped') terminal.say(`stopped what an earlier run had left: ${instance}`);
      else if (state === 'starting') waiting.add(instance);
      else waiting.delete(instance);
      terminal.status(waiting.size === 0 ? 'everything is ready' : `waiting for ${[...waiting].join(', ')}`);
    },
  });
  await healLeftovers(target, options, terminal);
}

/** Heals what earlier runs may have left broken on a target, and says so. The caller has the turn. */
export async function healLeftovers(
  target: Target,
  options: PlatformOptions,
  terminal: Terminal,
): Promise<void> {
  const { healed, problems } = await healOpenFaults({
    target,
    kinds: faultKinds,
    runsDir: runsDirOf(options),
  });
  for (const description of healed) terminal.say(`healed what an earlier run had left: ${description}`);
  for (const problem of problems) terminal.warn(`an earlier run may have left a fault: ${problem}`);
}
