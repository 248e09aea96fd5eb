import { type DeployedPlatform, deployedPlatform } from '../../topology/kubernetes/index.ts';
import { TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';

/** What was deployed to a namespace, and which deployment it is. */
export type FoundPlatform = DeployedPlatform & { readonly deployment: string };

/**
 * Reads what a namespace says about itself.
 *
 * @throws TargetError `not-running` when there is no Stormproof platform, with the namespaces that have one;
 *   `unsupported` when this version cannot read what it says
 */
export async function findPlatform(cluster: Cluster): Promise<FoundPlatform> {
  const { configMap: name, key } = deployedPlatform;
  const found = await cluster.configMap(name);
  if (found === undefined) {
    const elsewhere = await cluster.namespacesWith(name).catch(() => {
      // Whoever may see one namespace only is not told of others.
      return [];
    });
    throw new TargetError(
      'not-running',
      `no Stormproof platform in the namespace ${cluster.namespace} of ${cluster.server} ` +
        `(expected the ConfigMap ${name}); ` +
        (elsewhere.length === 0
          ? 'deploy one with `pulumi up`, or name another namespace (--namespace)'
          : `there is one in ${elsewhere.join(', ')} (--namespace)`),
    );
  }
  const where = `the ConfigMap ${name} of the namespace ${cluster.namespace}`;
  return { ...parsePlatform(found.data?.[key], where), deployment: found.metadata?.uid ?? '' };
}

/**
 * @param where names the text in errors
 * @throws TargetError `unsupported` that lists every part that is not as expected
 */
export function parsePlatform(text: string | undefined, where: string): DeployedPlatform {
  const value = parseJson(text);
  const problems =
    typeof value === 'object' && value !== null
      ? parts.filter(({ path, isExpected }) => !isExpected(at(value, path)))
      : [{ path: deployedPlatform.key, expected: 'a JSON object' }];
  if (problems.length === 0) return value as DeployedPlatform;
  throw new TargetError(
    'unsupported',
    `${where} was not written by this version of Stormproof; run \`pulumi up\` with it, or use the version that deployed it:\n` +
      problems
        .map(({ path, expected }) => `  ${path}: found ${render(at(value, path))}, expected ${expected}`)
        .join('\n'),
  );
}

const text = (value: unknown) => typeof value === 'string';
const list = (value: unknown) => Array.isArray(value);

/** What the rest of this folder builds on. */
const parts: readonly {
  readonly path: string;
  readonly expected: string;
  readonly isExpected: (value: unknown) => boolean;
}[] = [
  { path: 'stack', expected: 'a text', isExpected: text },
  { path: 'isForTests', expected: 'true or false', isExpected: (value) => typeof value === 'boolean' },
  { path: 'proxies', expected: 'a list', isExpected: list },
  { path: 'topology.brokers.replicas', expected: 'a number', isExpected: Number.isInteger },
  { path: 'topology.services', expected: 'a list', isExpected: list },
  { path: 'topology.edges', expected: 'a list', isExpected: list },
];

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return text;
  }
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (part, key) =>
        typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[key] : undefined,
      value,
    );
}

function render(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
