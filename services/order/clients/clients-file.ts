import { z } from 'zod';
import { ConfigError } from '../../runtime/index.ts';
import { clientName } from '../schemas.ts';

/** SHA-256 of an API key, 64 hex digits. */
const keyDigest = z.string().regex(/^[0-9a-f]{64}$/, 'expected the SHA-256 of a key, in 64 hex digits');

const clientSchema = z.strictObject({
  /** Whose orders and idempotency keys they are: no other client sees them. */
  id: z.string().regex(clientName, 'expected 1-64 of A-Z a-z 0-9 . _ -'),
  /** Digests of the keys that it may use; several while it changes from one to the next. */
  keys: z.array(keyDigest).max(8).default([]),
  /** Orders that it may send a second, and reads besides. Default: as many as it can. */
  ordersPerSecond: z.number().positive().max(1_000_000).optional(),
  /** How many of these may come at once. Default: those of one second. */
  burst: z.int().min(1).max(1_000_000).optional(),
  /** Orders that it may have accepted in a day of UTC, by each replica. Default: as many as it can. */
  ordersPerDay: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});

const schema = z.strictObject({ clients: z.array(clientSchema).max(10_000) });

/** Who may use the API. */
export type ClientsFile = z.infer<typeof schema>;
export type ClientSpec = ClientsFile['clients'][number];

/**
 * Reads the text of a clients file. It holds no key, only digests: a key is 256 random bits, which nobody finds by trying,
 * so that a plain hash guards it as well as a slow one would, at a thousandth of the cost.
 *
 * @throws ConfigError with every problem; none repeats a value, which may be a key that somebody put in the wrong place
 */
export function parseClients(text: string): ClientsFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(['the clients file is no JSON']);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(
        ({ path, message }) => `clients file, ${path.join('.') || 'as a whole'}: ${message}`,
      ),
    );
  }
  const problems = [
    ...repeated(parsed.data.clients.map(({ id }) => id)).map((id) => `clients file: ${id} is there twice`),
    ...repeated(parsed.data.clients.flatMap(({ keys }) => keys)).map(
      (digest) => `clients file: the key with the digest ${digest.slice(0, 8)}… is there twice`,
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function repeated(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}
