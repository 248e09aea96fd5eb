import { parse } from 'yaml';
import { StackConfigError } from './config.ts';

const prefix = 'stormproof:';

/**
 * The keys of this program in a `Pulumi.<stack>.yaml`, without their prefix. Keys of others are passed by.
 *
 * @throws StackConfigError for a file that is no YAML map, and for encrypted values
 */
export function readStackFile(text: string): Readonly<Record<string, unknown>> {
  const config = configOf(text);
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  refuseEncrypted(own.filter(([, value]) => isEncrypted(value)).map(([key]) => key));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/**
 * Everything in a stack's configuration ends up in manifests, which anybody may read who may read the stack's state.
 * Secrets are kept in Secrets of the cluster, which the configuration names.
 *
 * @throws StackConfigError when there are such keys
 */
export function refuseEncrypted(keys: readonly string[]): void {
  if (keys.length === 0) return;
  throw new StackConfigError(
    keys.map(
      (key) => `${key}: is encrypted, but would be in manifests in plain text; name a Secret of the cluster`,
    ),
  );
}

function configOf(text: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new StackConfigError([`the file is not YAML: ${error instanceof Error ? error.message : error}`]);
  }
  const config = isMap(document) ? (document.config ?? {}) : (document ?? {});
  if (!isMap(config)) throw new StackConfigError(['config: expected a map of keys']);
  return config;
}

function isEncrypted(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 1 && 'secure' in value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
