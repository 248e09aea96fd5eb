import { z } from 'zod';
import type { Sources } from './model.ts';

/** What a page that runs as a program of its own is told by its environment. */
export type PageConfig = {
  readonly sources: Sources;
  readonly listen: { readonly host: string; readonly port: number };
  /** Names that the page may be asked for by, besides `localhost` and addresses. */
  readonly hosts: readonly string[];
  /** Absent: where the runbooks are in the repository. */
  readonly runbooksDir: string | undefined;
};

/** Every problem of a configuration, a line each. */
export class PageConfigError extends Error {
  override readonly name = 'PageConfigError';
  readonly code = 'not-valid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/**
 * Whether somebody can be asked at this URL: http(s), and without a user or a password, which `fetch` refuses and the page
 * would show.
 */
export function isSourceUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** A text as it may be shown: what stands before the `@` of a URL is nobody's business. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/.*@/s, '//…@');
}

const httpUrl = z
  .string('expected an http(s) URL')
  .refine(isSourceUrl, 'expected an http(s) URL without user and password')
  .transform((text) => text.replace(/\/+$/, ''));

const listen = z
  .string()
  .regex(/^.+:\d{1,5}$/, 'expected host:port')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'expected host:port with a port up to 65535');

const schema = z.object({
  STORMPROOF_PAGE_LISTEN: listen.default({ host: '0.0.0.0', port: 8080 }),
  STORMPROOF_PAGE_HOSTS: z
    .string()
    .transform((text) =>
      text
        .toLowerCase()
        .split(/[\s,]+/)
        .filter((name) => name !== ''),
    )
    .default([]),
  STORMPROOF_PROMETHEUS_URL: httpUrl,
  STORMPROOF_ALERTMANAGER_URL: httpUrl.optional(),
  STORMPROOF_JAEGER_URL: httpUrl.optional(),
  STORMPROOF_RUNS_DIR: z.string().optional(),
  STORMPROOF_RUNBOOKS_DIR: z.string().optional(),
});

/**
 * Reads the configuration; an empty variable counts as absent.
 *
 * @throws PageConfigError that lists every variable that is missing or not valid, with what was found and expected
 */
export function parsePageConfig(environment: Readonly<Record<string, string | undefined>>): PageConfig {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    throw new PageConfigError(
      parsed.error.issues.map(({ path, message }) => {
        const key = String(path[0]);
        const found = present[key];
        return `${key}: ${found === undefined ? 'missing' : `found ${JSON.stringify(withoutCredentials(found))}`}, ${message}`;
      }),
    );
  }
  const { data } = parsed;
  return {
    sources: {
      prometheus: data.STORMPROOF_PROMETHEUS_URL,
      alertmanager: data.STORMPROOF_ALERTMANAGER_URL,
      jaeger: data.STORMPROOF_JAEGER_URL,
      runsDir: data.STORMPROOF_RUNS_DIR,
    },
    listen: data.STORMPROOF_PAGE_LISTEN,
    hosts: data.STORMPROOF_PAGE_HOSTS,
    runbooksDir: data.STORMPROOF_RUNBOOKS_DIR,
  };
}
