import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Env } from './process.ts';
import type { Build } from './program.ts';

/**
 * The folder that holds built programs, shared by every clone of the repository: `stormproof/tools` below
 * `$XDG_CACHE_HOME`, or below `~/.cache` where that is unset or not absolute (XDG Base Directory Specification 0.8).
 */
export function toolCache(env: Env, homeDirectory: string): string {
  const configured = env.XDG_CACHE_HOME;
  const base = configured && isAbsolute(configured) ? configured : join(homeDirectory, '.cache');
  return join(base, 'stormproof', 'tools');
}

/** Where a build's programs lie when they are built. Another version, recipe or platform is another folder. */
export function buildHome(cache: string, build: Build, digest: string): string {
  return join(cache, build.name, `${build.version}-${digest}`);
}

/**
 * The compiler's arguments for packages of a build. Readonly modules: nothing without a committed checksum.
 *
 * @param output a file for one package; a folder, with a slash at its end, for several
 */
export function compileArgs(build: Build, goPackages: readonly string[], output: string): readonly string[] {
  const variables = Object.entries(build.linkVariables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-buildvcs=false',
    ...(build.tags.length > 0 ? ['-tags', build.tags.join(',')] : []),
    '-ldflags',
    ['-s', '-w', ...variables].join(' '),
    '-o',
    output,
    ...goPackages,
  ];
}

/**
 * Identifies what a build makes: its module files and sources, the compiler's arguments, and the platform.
 *
 * @param platform operating system and processor, such as `linux-x64`
 * @returns 12 hexadecimal digits
 */
export async function buildDigest(build: Build, moduleDirectory: string, platform: string): Promise<string> {
  const hash = createHash('sha256').update(`${platform}\n`);
  for (const [program, goPackage] of Object.entries(build.packages).sort()) {
    hash.update(`${compileArgs(build, [goPackage], program).join(' ')}\n`);
  }
  const files = (await readdir(moduleDirectory))
    .filter((name) => /^go\.(mod|sum)$|(?<!_test)\.go$/.test(name))
    .sort();
  for (const name of files) {
    const content = await readFile(join(moduleDirectory, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
