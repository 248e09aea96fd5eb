import { type Env, runProgram } from './process.ts';
import type { Program } from './programs.ts';

const probeTimeoutMs = 20_000;

/**
 * Asks a program for its version.
 *
 * @returns undefined when it cannot be run or prints none, as builds without a release's link flags do
 */
export async function probeVersion(program: Program, path: string, env: Env): Promise<string | undefined> {
  const output = await ask(path, program.versionArgs, env);
  return output === undefined ? undefined : parseVersion(program, output);
}

/** The version in what a program printed, without a leading `v`; undefined when there is none. */
export function parseVersion(program: Program, output: string): string | undefined {
  return program.versionPattern.exec(output)?.[1];
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

async function ask(path: string, args: readonly string[], env: Env): Promise<string | undefined> {
  try {
    return (await runProgram(path, args, { env, timeoutMs: probeTimeoutMs })).output;
  } catch {
    // Not executable here (wrong processor, no interpreter): the same answer as a program without a version.
    return undefined;
  }
}
