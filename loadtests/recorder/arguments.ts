import { parseArgs } from 'node:util';
import type { Share } from '../../verdict/history.ts';
import type { LoadPhase, LoadShape } from '../../verdict/load-shape.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import type { RecorderOptions } from './run.ts';

/** What can be said on the command line; the rest is wired by the process itself. */
export type RecorderArguments = Omit<RecorderOptions, 'signal' | 'onProgress' | 'clientKey'>;

/** Where the key is that lets the client in: not among the arguments, which every user of the machine can read. */
export const clientKeyVariable = 'STORMPROOF_CLIENT_KEY';

export const recorderUsage = `Usage: main.ts --urls URL[,URL...] --run-id ID --rate N --duration SECONDS --out-dir DIR
  [--client-id ID] [--share INDEX/COUNT] [--seed N] [--deadline-ms N] [--try-timeout-ms N]
  [--connections N] [--depth N] [--burst N] [--outstanding N] [--late-ms N] [--json-progress]

Sends orders at a fixed rate and records what became of each in DIR/run.json and DIR/history.bin.
Where the API asks for the key of a client, it is taken from the environment: ${clientKeyVariable}.
With --share 0/2 it sends every second one; another recorder, with 1/2, sends the others.
Ctrl-C stops sending, lets outstanding orders end for 5 s, and writes everything.

Example: main.ts --urls http://127.0.0.1:20001 --run-id demo --rate 1000 --duration 60 --out-dir ./demo
`;

const flags = {
  urls: { type: 'string' },
  'run-id': { type: 'string' },
  'client-id': { type: 'string', default: workloadClientId },
  rate: { type: 'string' },
  duration: { type: 'string' },
  shape: { type: 'string' },
  share: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'out-dir': { type: 'string' },
  'deadline-ms': { type: 'string' },
  'try-timeout-ms': { type: 'string' },
  'back-off-ms-min': { type: 'string' },
  'back-off-ms-max': { type: 'string' },
  'retry-after-ms-max': { type: 'string' },
  connections: { type: 'string' },
  depth: { type: 'string' },
  burst: { type: 'string' },
  outstanding: { type: 'string' },
  'late-ms': { type: 'string' },
  'json-progress': { type: 'boolean', default: false },
} as const;

const idPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** What the command line said, or everything that is wrong with it. */
export type ParsedArguments =
  | { readonly options: RecorderArguments; readonly isJson: boolean; readonly problems?: never }
  | { readonly problems: readonly string[] };

/** Reads the arguments after the program's name. */
export function parseRecorderArguments(argv: readonly string[]): ParsedArguments {
  const problems: string[] = [];
  let values: ReturnType<typeof readFlags>;
  try {
    values = readFlags(argv);
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const text = (key: 'run-id' | 'client-id' | 'out-dir', pattern: RegExp, expected: string): string => {
    const value = values[key] ?? '';
    if (!pattern.test(value)) problems.push(`--${key} ${JSON.stringify(value)}: expected ${expected}`);
    return value;
  };
  const number = (key: NumberFlag, min: number, isWhole: boolean): number | undefined => {
    const value = values[key];
    if (value === undefined) return undefined;
    const parsed = Number(value);
    if (value.trim() === '' || !(parsed >= min) || (isWhole && !Number.isSafeInteger(parsed))) {
      problems.push(
        `--${key} ${JSON.stringify(value)}: expected a ${isWhole ? 'whole ' : ''}number >= ${min}`,
      );
    }
    return parsed;
  };
  const required = (key: 'rate' | 'duration', min: number): number => {
    if (values[key] === undefined) problems.push(`--${key} is missing`);
    return number(key, min, false) ?? 0;
  };
  const options: RecorderArguments = {
    urls: parseUrls(values.urls, problems),
    runId: text('run-id', idPattern, '1-64 of A-Z a-z 0-9 . _ -'),
    clientId: text('client-id', idPattern, '1-64 of A-Z a-z 0-9 . _ -'),
    outDir: text('out-dir', /./, 'a directory'),
    rate: required('rate', 0.001),
    durationSeconds: required('duration', 0.001),
    ...defined({ shape: parseShape(values.shape, problems), share: parseShare(values.share, problems) }),
    seed: number('seed', 0, true) ?? 0,
    retry: defined({
      deadlineMs: number('deadline-ms', 0, true),
      tryTimeoutMs: number('try-timeout-ms', 1, true),
      backOffMsMin: number('back-off-ms-min', 0, true),
      backOffMsMax: number('back-off-ms-max', 0, true),
      retryAfterMsMax: number('retry-after-ms-max', 0, true),
    }),
    limits: defined({
      connectionsMax: number('connections', 1, true),
      depthMax: number('depth', 1, true),
      burstMax: number('burst', 1, true),
      outstandingMax: number('outstanding', 1, true),
      lateMsMax: number('late-ms', 1, true),
    }),
  };
  return problems.length > 0 ? { problems } : { options, isJson: values['json-progress'] };
}

/** The arguments that {@link parseRecorderArguments} reads back as these options. */
export function renderRecorderArguments(options: RecorderArguments): string[] {
  const { retry = {}, limits = {} } = options;
  const pairs: Record<Exclude<keyof typeof flags, 'json-progress'>, string | number | undefined> = {
    urls: options.urls.join(','),
    'run-id': options.runId,
    'client-id': options.clientId,
    rate: options.rate,
    duration: options.durationSeconds,
    shape: options.shape === undefined ? undefined : JSON.stringify(options.shape),
    share: options.share === undefined ? undefined : `${options.share.index}/${options.share.count}`,
    seed: options.seed,
    'out-dir': options.outDir,
    'deadline-ms': retry.deadlineMs,
    'try-timeout-ms': retry.tryTimeoutMs,
    'back-off-ms-min': retry.backOffMsMin,
    'back-off-ms-max': retry.backOffMsMax,
    'retry-after-ms-max': retry.retryAfterMsMax,
    connections: limits.connectionsMax,
    depth: limits.depthMax,
    burst: limits.burstMax,
    outstanding: limits.outstandingMax,
    'late-ms': limits.lateMsMax,
  };
  return Object.entries(pairs).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}=${value}`]));
}

type NumberFlag =
  | 'rate'
  | 'duration'
  | 'seed'
  | 'deadline-ms'
  | 'try-timeout-ms'
  | 'back-off-ms-min'
  | 'back-off-ms-max'
  | 'retry-after-ms-max'
  | 'connections'
  | 'depth'
  | 'burst'
  | 'outstanding'
  | 'late-ms';

function readFlags(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: flags, strict: true }).values;
}

function parseUrls(value: string | undefined, problems: string[]): string[] {
  const urls = (value ?? '').split(',').filter((url) => url !== '');
  if (urls.length === 0) problems.push('--urls is missing');
  for (const url of urls) {
    if (URL.parse(url)?.protocol !== 'http:')
      problems.push(`--urls ${JSON.stringify(url)}: expected http://host:port`);
  }
  return urls;
}

/** What a program that has planned the shape hands on; whoever writes one by hand is told of what is missing. */
function parseShape(value: string | undefined, problems: string[]): LoadShape | undefined {
  if (value === undefined) return undefined;
  const expected = (what: string) => {
    problems.push(`--shape: expected ${what}`);
    return undefined;
  };
  let shape: Partial<LoadShape> | null;
  try {
    shape = JSON.parse(value) as Partial<LoadShape> | null;
  } catch {
    return expected('JSON');
  }
  const { name, phases } = shape ?? {};
  if (typeof name !== 'string' || !Array.isArray(phases) || phases.length === 0) {
    return expected('{"name":…,"phases":[…]} with at least one phase');
  }
  const isPhase = ({ startRate, endRate, durationMs }: Partial<LoadPhase>) =>
    [startRate, endRate].every((rate) => Number.isSafeInteger(rate) && Number(rate) >= 0) &&
    Number.isSafeInteger(durationMs) &&
    Number(durationMs) >= 1;
  if (!phases.every((phase: Partial<LoadPhase> | null) => isPhase(phase ?? {}))) {
    return expected('phases with whole numbers: startRate and endRate >= 0, durationMs >= 1');
  }
  return shape as LoadShape;
}

function parseShare(value: string | undefined, problems: string[]): Share | undefined {
  if (value === undefined) return undefined;
  const [index = Number.NaN, count = Number.NaN] = /^\d+\/\d+$/.test(value)
    ? value.split('/').map(Number)
    : [];
  if (index < count) return { index, count };
  problems.push(
    `--share ${JSON.stringify(value)}: expected INDEX/COUNT with an index from 0 below the count`,
  );
  return undefined;
}

/** Leaves out what is undefined, so that defaults show through. */
function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
