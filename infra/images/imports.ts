import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';

/** What programs import, directly or not. */
export type Imports = {
  /** Source files, the programs included; sorted, relative to the repository. */
  readonly sources: readonly string[];
  /** Names of packages; sorted. */
  readonly packages: readonly string[];
};

/** Statements as the formatter writes them; types are gone before a program runs. */
const statements = /^(?:import|export) (?!type )(?:[^'";]*? from )?'([^']+)';|\bimport\('([^']+)'\)/gm;

/**
 * Follows the imports of programs of this repository through its own files.
 *
 * @param mains paths relative to `root`
 */
export async function importsOf(root: string, mains: readonly string[]): Promise<Imports> {
  const sources = new Set(mains);
  const packages = new Set<string>();
  // A set that grows while it is walked hands out what was added, too.
  for (const source of sources) {
    const text = await readFile(posix.join(root, source), 'utf8');
    for (const specifier of specifiersIn(text)) {
      if (specifier.startsWith('.')) sources.add(posix.join(posix.dirname(source), specifier));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  }
  return { sources: [...sources].sort(), packages: [...packages].sort() };
}

/** What a file imports when it runs. */
export function specifiersIn(text: string): readonly string[] {
  return [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? '');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
