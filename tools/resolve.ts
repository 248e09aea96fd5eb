import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve as resolvePath } from 'node:path';
import { buildDigest, buildHome } from './cache.ts';
import { ToolError } from './errors.ts';
import type { Env } from './process.ts';
import type { Build, Program } from './program.ts';
import { probeMissingParts, probeVersion } from './version.ts';

/** Where programs are looked for. */
export type Places = {
  readonly env: Env;
  /** {@link toolCache} */
  readonly cache: string;
  /** The folder with one Go module per build. */
  readonly modules: string;
  /** `linux-x64`, as {@link buildDigest} takes it. */
  readonly platform: string;
};

export type Resolution =
  | {
      readonly source: 'override' | 'path' | 'cache';
      readonly path: string;
      /** Undefined when the program does not tell. */
      readonly version: string | undefined;
    }
  /** Nothing usable exists; a build puts the program at `path`. */
  | { readonly source: 'build'; readonly path: string; readonly version: string };

/**
 * Finds a program: the path its override variable names, else the same version on PATH, else the tool cache. Whoever
 * sets an override decides: any version that runs is taken. Nothing is built here.
 *
 * @throws ToolError `override-unusable`
 */
export async function resolveTool(program: Program, places: Places): Promise<Resolution> {
  return (
    (await fromOverride(program, places)) ??
    (await fromPath(program, places)) ??
    (await fromCache(program, places))
  );
}

/** The folder in the cache that a build fills. */
export async function homeOf(build: Build, places: Omit<Places, 'env'>): Promise<string> {
  const digest = await buildDigest(build, join(places.modules, build.name), places.platform);
  return buildHome(places.cache, build, digest);
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Absent or not permitted: either way it cannot be run.
    return false;
  }
}

/** The first executable of that name on PATH. */
export async function findOnPath(name: string, env: Env): Promise<string | undefined> {
  for await (const path of candidatesOnPath(name, env)) return path;
  return undefined;
}

async function* candidatesOnPath(name: string, env: Env): AsyncGenerator<string> {
  const directories = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const directory of new Set(directories)) {
    const path = resolvePath(directory, name);
    if (await isExecutable(path)) yield path;
  }
}

async function fromOverride(program: Program, { env }: Places): Promise<Resolution | undefined> {
  const value = env[program.overrideVariable];
  if (!value) return undefined;
  const path = resolvePath(value);
  const found = `${program.overrideVariable} is "${value}"`;
  const remedy = `Set it to the path of ${program.name} ${program.build.version}, or unset it.`;
  if (!(await isExecutable(path))) {
    throw new ToolError('override-unusable', `${found}, which is no executable file. ${remedy}`);
  }
  const missing = await probeMissingParts(program, path, env);
  if (missing.length > 0) {
    throw new ToolError('override-unusable', `${found}, which lacks ${missing.join(', ')}. ${remedy}`);
  }
  return { source: 'override', path, version: await probeVersion(program, path, env) };
}

async function fromPath(program: Program, { env }: Places): Promise<Resolution | undefined> {
  for await (const path of candidatesOnPath(program.name, env)) {
    const version = await probeVersion(program, path, env);
    if (version !== program.build.version) continue;
    if ((await probeMissingParts(program, path, env)).length > 0) continue;
    return { source: 'path', path, version };
  }
  return undefined;
}

async function fromCache(program: Program, places: Places): Promise<Resolution> {
  const path = join(await homeOf(program.build, places), program.name);
  const { version } = program.build;
  return { source: (await isExecutable(path)) ? 'cache' : 'build', path, version };
}
