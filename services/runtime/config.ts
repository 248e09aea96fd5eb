/**
 * Configuration from environment variables: a table of fields in, a typed object or one error with every problem
 * out.
 */

/** One setting: where it comes from, what it must look like, and what it is when absent. */
export type Field<T> = {
  readonly key: string;
  /** What a valid value looks like, for the error message. */
  readonly expected: string;
  /** The value, or undefined when the text is not valid. */
  readonly parse: (text: string) => T | undefined;
  /** Absent: the setting is required. */
  readonly fallback?: { readonly value: T };
};

/** Every problem of a configuration, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

type Values<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/**
 * Reads all fields. An empty variable counts as absent.
 *
 * @throws ConfigError that lists every field that is missing or not valid, with key, found and expected
 */
export function parseConfig<F extends Readonly<Record<string, Field<unknown>>>>(
  environment: Readonly<Record<string, string | undefined>>,
  fields: F,
): Values<F> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(fields)) {
    const text = environment[spec.key] ?? '';
    if (text === '') {
      if (spec.fallback === undefined) problems.push(`${spec.key}: missing, expected ${spec.expected}`);
      else values[name] = spec.fallback.value;
      continue;
    }
    const value = spec.parse(text);
    if (value === undefined) {
      problems.push(`${spec.key}: found ${JSON.stringify(text)}, expected ${spec.expected}`);
    } else {
      values[name] = value;
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values<F>;
}

type NumberRange = {
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
  readonly fallback?: number;
};

/** Makers of fields for the kinds of settings that services have. */
export const field = {
  text(key: string, options: { readonly expected?: string; readonly fallback?: string } = {}): Field<string> {
    return {
      key,
      expected: options.expected ?? 'a text',
      parse: (text) => text,
      ...fallbackOf(options.fallback),
    };
  },

  /** A text or nothing. */
  optionalText(key: string): Field<string | undefined> {
    return { key, expected: 'a text', parse: (text) => text, fallback: { value: undefined } };
  },

  integer(key: string, range: NumberRange): Field<number> {
    return numeric(key, range, 'a whole number', (value) => Number.isSafeInteger(value));
  },

  number(key: string, range: NumberRange): Field<number> {
    return numeric(key, range, 'a number', (value) => Number.isFinite(value));
  },

  /** An http or https URL; a trailing slash is dropped. */
  httpUrl(key: string): Field<string> {
    return { key, expected: 'an http(s) URL', parse: (text) => parseUrl(text, ['http:', 'https:']) };
  },

  optionalHttpUrl(key: string): Field<string | undefined> {
    return { ...field.httpUrl(key), fallback: { value: undefined } };
  },

  /** One or more comma-separated URLs of the given scheme. */
  urls(key: string, scheme: string): Field<readonly string[]> {
    return {
      key,
      expected: `comma-separated ${scheme}:// URLs`,
      parse: (text) => {
        const urls = text.split(',').map((part) => parseUrl(part.trim(), [`${scheme}:`]));
        return urls.every((url) => url !== undefined) ? urls : undefined;
      },
    };
  },

  /** `host:port`. */
  listen(key: string): Field<{ readonly host: string; readonly port: number }> {
    return {
      key,
      expected: 'host:port with a port from 0 to 65535',
      parse: (text) => {
        const match = /^(.+):(\d{1,5})$/.exec(text);
        const port = Number(match?.[2]);
        return match?.[1] !== undefined && port <= 65_535 ? { host: match[1], port } : undefined;
      },
    };
  },
};

function fallbackOf<T>(value: T | undefined): { readonly fallback?: { readonly value: T } } {
  return value === undefined ? {} : { fallback: { value } };
}

function numeric(
  key: string,
  range: NumberRange,
  noun: string,
  isValid: (value: number) => boolean,
): Field<number> {
  const unit = range.unit === undefined ? '' : ` (${range.unit})`;
  return {
    key,
    expected: `${noun} from ${range.min} to ${range.max}${unit}`,
    parse: (text) => {
      const value = Number(text);
      return isValid(value) && value >= range.min && value <= range.max ? value : undefined;
    },
    ...fallbackOf(range.fallback),
  };
}

function parseUrl(text: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) return undefined;
  return text.replace(/\/$/, '');
}
