import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  armsOf,
  type BenchResults,
  baselineName,
  parseResults,
  renderResults,
} from '../loadtests/bench/index.ts';
import { capacityArms, excuseOfBench, judgeCapacity, type ProofSize } from '../loadtests/proofs/index.ts';
import { platform } from '../topology/index.ts';
import { runBench } from './bench-run.ts';
import { settingsOf } from './bench-settings.ts';
import { type CommandContext, newRunId, type PlatformOptions } from './command.ts';
import { UsageError } from './failure.ts';
import type { Proven } from './proof-result.ts';
import { takeTurn } from './turn.ts';

/** Scaled down, each arm has seconds, and no rate that it would have to be fast for. */
const smallSettings = { quick: true, rate: 100, for: 2, capacityFor: 2, capacityRate: 2_000 } as const;

/**
 * What a closed loop gets out of the platform and of its peers, in one run of the benchmark.
 *
 * @param file results of a run of the benchmark that is to be judged; undefined: it is run first, with the arms that it takes
 * @throws UsageError when the file cannot be read; ResultsError when it holds something else
 */
export async function proveCapacity(
  size: ProofSize,
  file: string | undefined,
  options: PlatformOptions,
  context: CommandContext,
): Promise<Proven> {
  const results = file === undefined ? await measure(size, options, context) : await read(file);
  return { checks: judgeCapacity(results), runs: [], excuse: excuseOfBench(results) };
}

async function read(file: string): Promise<BenchResults> {
  const text = await readFile(resolve(file), 'utf8').catch((cause: Error) => {
    throw new UsageError(`--results: ${cause.message}`, { cause });
  });
  return parseResults(text);
}

async function measure(
  size: ProofSize,
  options: PlatformOptions,
  context: CommandContext,
): Promise<BenchResults> {
  const all = armsOf(platform);
  const base = join(resolve(options.dir), 'bench');
  const directory = join(base, newRunId('bench', new Date(), Math.random()));
  return takeTurn(options, async () => {
    await mkdir(directory, { recursive: true });
    return runBench({
      arms: capacityArms.map((name) => all[name]),
      delivered: all[baselineName],
      settings: settingsOf(size === 'small' ? smallSettings : {}),
      countsLosses: false,
      directory,
      save: (soFar) => writeFile(join(directory, 'performance.json'), renderResults(soFar)),
      platformsDir: join(base, 'platforms'),
      options,
      context,
    });
  });
}
