import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from '../../tools/index.ts';
import type { Layer } from './layer.ts';

/** The C library loads these by itself to look names up, where they are not part of it. */
const nameServices = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/**
 * The shared libraries that a program of this machine is linked to, with the loader that finds them: in an image they
 * must be where this machine has them. Empty for a program that is linked statically.
 */
export async function sharedLibraries(program: string): Promise<Layer> {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  const { exitCode, output } = await runProgram('ldd', [program], { env });
  if (exitCode !== 0) {
    if (/not a dynamic executable|statically linked/.test(output)) return [];
    throw new Error(`ldd cannot tell the libraries of ${program}:\n${output}`);
  }
  const paths = librariesIn(output);
  const directory = dirname(paths.find((path) => /\/libc\.so\.\d+$/.test(path)) ?? '/lib');
  const further = nameServices.map((name) => join(directory, name)).filter((path) => existsSync(path));
  return [...new Set([...paths, ...further])].map((path) => ({ path, file: path, mode: 0o755 }));
}

/** The paths in what `ldd` prints; the kernel's own page has none. */
export function librariesIn(output: string): readonly string[] {
  return output.split('\n').flatMap((line) => /^\s*(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
