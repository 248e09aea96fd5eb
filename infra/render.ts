import { stringify } from 'yaml';
import type { Part } from './manifests/index.ts';

/** One YAML file. */
export type RenderedFile = { readonly name: string; readonly text: string };

/** Names the files that count, so that one that an earlier rendering left behind does not. */
export function renderKustomization(files: readonly RenderedFile[]): RenderedFile {
  const head = ['apiVersion: kustomize.config.k8s.io/v1beta1', 'kind: Kustomization', 'resources:'];
  return {
    name: 'kustomization.yaml',
    text: `${[...head, ...files.map(({ name }) => `  - ${name}`)].join('\n')}\n`,
  };
}

/**
 * The manifests of a stack as YAML files, one for each part, numbered in the order in which they are to be applied.
 * Equal stacks give equal bytes.
 */
export function renderParts(parts: readonly Part[]): readonly RenderedFile[] {
  return parts.map(({ name, manifests }, index) => ({
    name: `${String(index).padStart(2, '0')}-${name}.yaml`,
    text: manifests
      .map((manifest) => `---\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`)
      .join(''),
  }));
}
