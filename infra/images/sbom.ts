/**
 * `node infra/images/sbom.ts services` prints what is in the image of the services as a CycloneDX document (ECMA-424,
 * https://cyclonedx.org/docs/1.6/json/): Node.js and every npm package that is copied into it, with the digests of the lock
 * file. `node infra/images/sbom.ts NAME PROGRAM` does the same of a Go program: the modules that it was linked from, as the
 * compiler noted them in it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../tools/index.ts';
import { importsOf } from './imports.ts';
import { packageFolders } from './packages.ts';
import { page } from './page.ts';
import { type Component, goComponents, npmComponents, renderSbom } from './sbom-document.ts';
import { servicePrograms } from './services.ts';

const root = join(import.meta.dirname, '..', '..');

async function componentsOfServices(): Promise<readonly Component[]> {
  const { packages } = await importsOf(root, await servicePrograms(root));
  const folders = await packageFolders(root, [...packages, ...page.packages]);
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Parameters<
    typeof npmComponents
  >[0];
  const node = { type: 'application', name: 'node', version: process.versions.node } as const;
  return [{ ...node, purl: `pkg:generic/node@${node.version}` }, ...npmComponents(lock, folders)];
}

async function componentsOfProgram(program: string): Promise<readonly Component[]> {
  const { exitCode, output } = await runProgram('go', ['version', '-m', program], { env: process.env });
  if (exitCode !== 0) throw new Error(`the Go compiler cannot read ${program}:\n${output}`);
  return goComponents(output);
}

const [name, program] = process.argv.slice(2);
if (name === undefined || (program === undefined) !== (name === 'services')) {
  throw new Error('usage: node infra/images/sbom.ts services | NAME PROGRAM');
}
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const components = program === undefined ? await componentsOfServices() : await componentsOfProgram(program);
process.stdout.write(`${JSON.stringify(renderSbom({ name, version, components }), undefined, 2)}\n`);
