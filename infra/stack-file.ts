import { parse } from 'yaml';
import { StackConfigError } from './config.ts';

const prefix = 'stormproof:';

/**
 * The keys of this program in a `Pulumi.<stack>.yaml`, without their prefix. Keys of others are passed by.
 *
 * @throws StackConfigError for a file that is no YAML map, and for encrypted values: none of the keys is secret, and
 *   only Pulumi could read them
 */
export function readStackFile(text: string): Readonly<Record<string, unknown>> {
  const config = configOf(text);
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  const encrypted = own.filter(([, value]) => isEncrypted(value));
  if (encrypted.length > 0) {
    throw new StackConfigError(
      encrypted.map(([key]) => `${key}: is encrypted, but no key is secret; set it without --secret`),
    );
  }
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
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
