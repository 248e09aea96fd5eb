/**
 * What the lock files must say so that every byte that is installed or built is one that was looked at: pure checks, for
 * tests and for whoever changes a dependency.
 */

type PackageLock = {
  readonly lockfileVersion?: number;
  readonly packages?: Readonly<
    Record<
      string,
      {
        readonly resolved?: string;
        readonly integrity?: string;
        readonly link?: boolean;
        readonly inBundle?: boolean;
      }
    >
  >;
};

/** What is wrong with a package-lock.json: an address of a registry, or a package without a SHA-512. */
export function checkPackageLock(text: string): readonly string[] {
  const { lockfileVersion, packages = {} } = JSON.parse(text) as PackageLock;
  const version = lockfileVersion === 3 ? [] : [`lockfileVersion is ${lockfileVersion}, expected 3`];
  const found = Object.entries(packages).flatMap(([folder, { resolved, integrity, link, inBundle }]) => {
    if (folder === '') return [];
    const address = resolved === undefined ? [] : [`${folder} names an address: ${resolved}`];
    // What a package brings in its own archive is covered by that archive's digest.
    const isVouched = link === true || inBundle === true || integrity?.startsWith('sha512-') === true;
    return [...address, ...(isVouched ? [] : [`${folder} has no SHA-512 (integrity)`])];
  });
  return [...version, ...found];
}

/** Which dependencies of a package.json are no exact version. */
export function checkExactVersions(text: string): readonly string[] {
  const manifest = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  return ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, wanted]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted))
      .map(([name, wanted]) => `${kind}: ${name} is ${wanted}, expected an exact version`),
  );
}

/** Which modules that a go.mod requires its go.sum has no digest of, and which are replaced by a folder. */
export function checkGoSum(goMod: string, goSum: string): readonly string[] {
  const digests = new Set(
    goSum.split('\n').flatMap((line) => (/^(\S+ \S+) h1:\S+=$/.exec(line)?.[1] ?? []) as string | []),
  );
  const required = [...goMod.matchAll(/^\s*(?:require )?([\w.-]+\.[\w./~-]+) (v\S+)/gm)];
  const absent = required
    .map(([, module, version]) => `${module} ${version}`)
    // A module of which only other modules' requirements are read is there by its go.mod alone.
    .filter((module) => !digests.has(module) && !digests.has(`${module}/go.mod`));
  const folders = [...goMod.matchAll(/=> (\.{0,2}\/\S*)/g)].map(
    ([, path]) => `replaced by the folder ${path}`,
  );
  return [...absent.map((module) => `go.sum has no digest of ${module}`), ...folders];
}
