import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';

type PackageJson = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
};

/** Declarations, source maps and manuals; licences stay with what they are for. */
const unused = /^(?!licen[cs]e|notice|copying).*\.(map|md|markdown|d\.[cm]?ts)$/i;

/**
 * The folders of installed packages and of everything they depend on, found as Node.js finds them; sorted, relative to
 * `root`. Optional dependencies may be absent, on this machine or on all.
 *
 * @throws Error for a package that is not installed
 */
export async function packageFolders(root: string, names: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const add = (name: string, from: string, isOptional = false) => {
    const folder = folderOf(root, name, from);
    if (folder !== undefined) found.add(folder);
    else if (!isOptional) throw new Error(`${name} is not installed, but ${from || 'a service'} needs it`);
  };
  for (const name of names) add(name, '');
  for (const folder of found) {
    const text = await readFile(posix.join(root, folder, 'package.json'), 'utf8');
    const needs = JSON.parse(text) as PackageJson;
    const optional = needs.optionalDependencies ?? {};
    for (const name of Object.keys({ ...needs.dependencies, ...optional }))
      add(name, folder, name in optional);
    for (const name of Object.keys(needs.peerDependencies ?? {})) {
      add(name, folder, needs.peerDependenciesMeta?.[name]?.optional);
    }
  }
  return [...found].sort();
}

/** The files of a package that a program may use; relative to `root`, without packages inside of it. */
export async function packageFiles(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(posix.join(root, folder), { withFileTypes: true });
  const files = await Promise.all(
    entries.map(async (entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : packageFiles(root, path);
      return entry.isFile() && !unused.test(basename(path)) ? [path] : [];
    }),
  );
  return files.flat();
}

function folderOf(root: string, name: string, from: string): string | undefined {
  for (let above = from; ; above = posix.dirname(above)) {
    const folder = posix.join(above, 'node_modules', name);
    if (existsSync(posix.join(root, folder, 'package.json'))) return folder;
    if (above === '.' || above === '') return undefined;
  }
}
