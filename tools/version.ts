import { readFile } from 'node:fs/promises';
import { type Env, runProgram } from './process.ts';
import type { Program, VersionSource } from './program.ts';

const probeTimeoutMs = 20_000;

/**
 * Finds out a program's version.
 *
 * @returns undefined when it cannot be run or tells none, as builds without a release's link flags do
 */
export async function probeVersion(program: Program, path: string, env: Env): Promise<string | undefined> {
  const { version } = program;
  const told = 'goModule' in version ? await readText(path) : await ask(path, version.args, env);
  return told === undefined ? undefined : parseVersion(version, told);
}

/**
 * The version in what a program printed, or in the program itself, without a leading `v`; undefined when there is none.
 * A line of the build information in a Go program is `mod`, a module, its version and its checksum, with tabs between
 * (`go help buildinfo`, runtime/debug.BuildInfo).
 */
export function parseVersion(source: VersionSource, told: string): string | undefined {
  if (!('goModule' in source)) return source.pattern.exec(told)?.[1];
  const before = `\nmod\t${source.goModule}\tv`;
  const start = told.indexOf(before);
  return start < 0 ? undefined : told.slice(start + before.length).split('\t', 1)[0];
}

/** What the program lacks of the parts that its row in the table demands; empty when nothing. */
export async function probeMissingParts(
  program: Program,
  path: string,
  env: Env,
): Promise<readonly string[]> {
  if (!program.contents) return [];
  const output = (await ask(path, program.contents.args, env)) ?? '';
  return program.contents.expected.filter((part) => !output.includes(part));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    // The same answer as a program without a version.
    return undefined;
  }
}

async function ask(path: string, args: readonly string[], env: Env): Promise<string | undefined> {
  try {
    return (await runProgram(path, args, { env, timeoutMs: probeTimeoutMs })).output;
  } catch {
    // Not executable here (wrong processor, no interpreter): the same answer as a program without a version.
    return undefined;
  }
}
