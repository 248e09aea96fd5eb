/** A part of an image, as CycloneDX calls it. */
export type Component = {
  readonly type: 'application' | 'library';
  readonly name: string;
  readonly version: string;
  /** Package URL: https://github.com/package-url/purl-spec. */
  readonly purl: string;
  readonly licenses?: readonly { readonly expression: string }[];
  readonly hashes?: readonly { readonly alg: 'SHA-512' | 'SHA-256'; readonly content: string }[];
};

type Lock = {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string; readonly license?: string }>
  >;
};

/**
 * The npm packages of these folders (`node_modules/fastify`), as the lock file knows them.
 *
 * @throws Error for a folder that the lock file has no version and SHA-512 of
 */
export function npmComponents(lock: Lock, folders: readonly string[]): readonly Component[] {
  return folders.map((folder) => {
    const { version, integrity, license } = lock.packages[folder] ?? {};
    const digest = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1];
    if (version === undefined || digest === undefined) {
      throw new Error(`the lock file has no version and SHA-512 of ${folder}`);
    }
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return {
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
      hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
    };
  });
}

/**
 * The modules in what `go version -m` prints. A replaced module is told as what stands in its place; the program's own
 * module has no version of its own.
 */
export function goComponents(printed: string): readonly Component[] {
  const modules: { name: string; version: string }[] = [];
  for (const line of printed.split('\n')) {
    const [kind = '', name = '', version = ''] = line.trim().split(/\s+/);
    const isModule = (kind === 'dep' || kind === '=>') && version !== '' && version !== '(devel)';
    if (kind === '=>') modules.pop();
    if (isModule) modules.push({ name, version });
  }
  const go = /: (go\S+)$/m.exec(printed)?.[1];
  if (go !== undefined) modules.unshift({ name: 'stdlib', version: go.slice(2) });
  return modules.map(({ name, version }) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:golang/${name}@${version}`,
  }));
}

/** The document. It says nothing of when it was made, so that the same image has the same one. */
export function renderSbom(image: {
  readonly name: string;
  readonly version: string;
  readonly components: readonly Component[];
}): object {
  const { name, version, components } = image;
  const reference = `${name}@${version}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'container', 'bom-ref': reference, name: `stormproof/${name}`, version } },
    components: components.map((component, at) => ({ 'bom-ref': `${component.purl}#${at}`, ...component })),
  };
}
