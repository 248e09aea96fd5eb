import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildPhase, findGo, runBuild } from './build.ts';
import { toolCache } from './cache.ts';
import { ToolError } from './errors.ts';
import type { Env } from './process.ts';
import type { Build, Program } from './program.ts';
import { programs, type ToolName } from './programs.ts';
import { homeOf, type Places, type Resolution, resolveTool } from './resolve.ts';
import { probeMissingParts, probeVersion } from './version.ts';

/** What happens to one build; sent whenever it changes. */
export type BuildProgress = {
  readonly build: Build;
  readonly state: 'queued' | BuildPhase | 'done' | 'failed' | 'stopped';
};

export type EnsureOptions = {
  /** The environment to read overrides, PATH and the cache's place from, and to run Go in. */
  readonly env: Env;
  /** Called only when something has to be built. {@link createBuildDisplay} shows it to a person. */
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  /** An abort stops the builds and removes what they had made; finished ones stay. */
  readonly signal?: AbortSignal | undefined;
};

/** What is used for one program, and from where. */
export type ToolReport = {
  readonly name: ToolName;
  /** The version this repository is tested with. */
  readonly wantedVersion: string;
  /** `build`: not there yet, the first use builds it. `unusable`: {@link problem} says why. */
  readonly source: Resolution['source'] | 'unusable';
  readonly version?: string;
  readonly path?: string;
  readonly problem?: string;
  readonly typicalBuildSeconds: number;
};

const buildsAtOnce = 2;

/**
 * Finds the named programs and builds those that are missing, two at a time.
 *
 * @returns the absolute path of each
 * @throws ToolError of the first that cannot be had; the other builds are stopped
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: EnsureOptions,
): Promise<Record<Name, string>> {
  const places = placesFrom(options.env);
  const found = await Promise.all(
    names.map(async (name) => ({
      program: programs[name],
      resolution: await resolveTool(programs[name], places),
    })),
  );
  const missing = found.filter(({ resolution }) => resolution.source === 'build');
  await runBuilds(new Set(missing.map(({ program }) => program.build)), places, options);
  return Object.fromEntries(
    found.map(({ program, resolution }) => [program.name, resolution.path]),
  ) as Record<Name, string>;
}

/** Says of each program what {@link ensureTools} would use. Builds nothing and throws nothing. */
export async function explainTools(names: readonly ToolName[], env: Env): Promise<readonly ToolReport[]> {
  const places = placesFrom(env);
  return Promise.all(names.map((name) => explainTool(name, places)));
}

/** The folder that holds what was built; see {@link toolCache}. */
export function toolCacheOf(env: Env): string {
  return placesFrom(env).cache;
}

async function explainTool(name: ToolName, places: Places): Promise<ToolReport> {
  const program = programs[name];
  const { build } = program;
  const facts = { name, wantedVersion: build.version, typicalBuildSeconds: build.typicalSeconds };
  try {
    const { source, path, version } = await resolveTool(program, places);
    return { ...facts, source, path, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    return { ...facts, source: 'unusable', problem: error instanceof Error ? error.message : String(error) };
  }
}

async function runBuilds(builds: ReadonlySet<Build>, places: Places, options: EnsureOptions): Promise<void> {
  if (builds.size === 0) return;
  const go = await findGo(options.env);
  const queue = [...builds].sort((a, b) => b.typicalSeconds - a.typicalSeconds);
  for (const build of queue) options.onProgress?.({ build, state: 'queued' });

  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const errors: unknown[] = [];
  const work = async () => {
    for (let build = queue.shift(); build && !signal.aborted; build = queue.shift()) {
      try {
        await runOneBuild(build, go.path, places, { ...options, signal });
      } catch (error) {
        errors.push(error);
        failure.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: buildsAtOnce }, work));
  if (errors.length > 0) throw errors[0];
  if (signal.aborted) throw new ToolError('interrupted', 'Interrupted before every program was built.');
}

async function runOneBuild(build: Build, go: string, places: Places, options: EnsureOptions): Promise<void> {
  let state: BuildProgress['state'] = 'queued';
  const report = (next: BuildProgress['state']) => {
    if (next === state) return;
    state = next;
    options.onProgress?.({ build, state });
  };
  try {
    await runBuild(build, {
      home: await homeOf(build, places),
      moduleDirectory: join(places.modules, build.name),
      go,
      env: options.env,
      signal: options.signal,
      onPhase: report,
      check: (name, path) => checkBuilt(programs[name as ToolName], path, options.env),
    });
    report('done');
  } catch (error) {
    report(options.signal?.aborted ? 'stopped' : 'failed');
    throw error;
  }
}

/** A program that does not say the pinned version would never be recognised on PATH, nor explain itself in a report. */
async function checkBuilt(program: Program, path: string, env: Env): Promise<void> {
  const version = await probeVersion(program, path, env);
  const missing = await probeMissingParts(program, path, env);
  if (version === program.build.version && missing.length === 0) return;
  const found =
    version === program.build.version
      ? `lacks ${missing.join(', ')}`
      : `says version ${version ?? 'nothing'}`;
  throw new ToolError(
    'wrong-result',
    `${program.name} was built, but ${found}; ${program.build.version} is expected. Its row in tools/programs.ts and its Go module disagree.`,
  );
}

function placesFrom(env: Env): Places {
  return {
    env,
    cache: toolCache(env, homedir()),
    modules: join(dirname(fileURLToPath(import.meta.url)), 'modules'),
    platform: `${process.platform}-${process.arch}`,
  };
}
