import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { type ProofName, type ProofSize, proofLines } from '../loadtests/proofs/index.ts';
import { exitCodes } from '../verdict/index.ts';
import {
  type CommandContext,
  createCommandTerminal,
  createContext,
  newRunId,
  type PlatformOptions,
  runsDirOf,
  tlsOption,
  withPlatformOptions,
} from './command.ts';
import { UsageError } from './failure.ts';
import { proveAudit } from './proof-audit.ts';
import { proveBlackFriday, proveBlackFridayWithFaults } from './proof-black-friday.ts';
import { proveCapacity } from './proof-capacity.ts';
import { proveOverload } from './proof-overload.ts';
import { type ProofPlatform, withProofPlatform } from './proof-platform.ts';
import { type ProofResult, type Proven, renderProof, toResult } from './proof-result.ts';
import { proveSoak } from './proof-soak.ts';
import { proveSteady } from './proof-steady.ts';

type ProofOptions = PlatformOptions & {
  readonly small?: boolean;
  readonly keep?: boolean;
  readonly run?: string;
  readonly results?: string;
  readonly tls?: boolean;
};

/** `stormproof proof`: what the platform must show on a busy day, a line at a time. */
export function registerProof(program: Command): void {
  const command = program
    .command('proof')
    .description('show what the platform must show on a busy day, a line at a time');
  addProofList(command);
  withPlatformOptions(command)
    .addArgument(new Argument('<line>', 'as `proof list` shows').choices(proofLines.map(({ name }) => name)))
    .option('--small', 'little load for a short time: what is not a matter of speed is shown all the same')
    .option('--keep', 'leave the platform running')
    .addOption(tlsOption())
    .option('--run <id>', 'audit: of a run whose orders the running platform has, instead of sending them')
    .option('--results <file>', 'capacity: performance.json of a benchmark, instead of running it')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof proof list
  $ stormproof proof steady --tls               the same over TLS, on a platform of its own (--dir) or none
  $ stormproof proof steady --keep              ten minutes; nothing else should run meanwhile
  $ stormproof proof audit --run load-steady-20261124-183005-3f9a
  $ stormproof proof capacity --results docs/performance.json
  $ stormproof proof overload --small --json | jq '.checks[] | {name, found, status: .check.status}'

A platform of the state directory that runs without proxies (\`up --no-chaos\`) is used, and left running. \`soak\` kills
everything in the end, deletes the projections and brings it back. docs/how-to/run-the-black-friday-proofs.md tells more.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (line: ProofName, options: ProofOptions) => {
      refuseStrayOptions(line, options);
      const context = createContext(options);
      const size: ProofSize = options.small === true ? 'small' : 'full';
      const proven = await prove(line, size, options, context);
      const { signal } = context;
      const interruptedBy = signal.aborted ? String((signal.reason as Error).message) : undefined;
      const tls = options.tls === true ? ({ tls: true } as const) : {};
      await showResult(toResult({ line, size, ...tls }, proven, interruptedBy), options, context);
    });
}

function addProofList(command: Command): void {
  withPlatformOptions(command.command('list').description('what can be shown')).action(
    (_options: PlatformOptions, list: Command) => {
      // Below `proof`, which has these options as well, they are its.
      const terminal = createCommandTerminal(list.optsWithGlobals<PlatformOptions>());
      const width = Math.max(...proofLines.map(({ name }) => name.length));
      for (const { name, title } of proofLines) {
        terminal.print(`${terminal.colors.bold(name.padEnd(width))}  ${title}`);
      }
      terminal.printJson(proofLines);
    },
  );
}

/** @throws UsageError for an option of another line */
function refuseStrayOptions(line: ProofName, { run, results, keep, tls }: ProofOptions): void {
  if (run !== undefined && line !== 'audit') throw new UsageError('--run: only the line audit takes it');
  if (line === 'capacity') {
    if (keep === true) throw new UsageError('--keep: the benchmark removes each of its platforms');
    if (tls === true)
      throw new UsageError('--tls: the benchmark has an arm for it (`bench --arms baseline,tls`)');
    return;
  }
  if (results !== undefined) throw new UsageError('--results: only the line capacity takes it');
}

async function prove(
  line: ProofName,
  size: ProofSize,
  options: ProofOptions,
  context: CommandContext,
): Promise<Proven> {
  if (line === 'capacity') return proveCapacity(size, options.results, options, context);
  const proofs: Readonly<Record<typeof line, (platform: ProofPlatform) => Promise<Proven>>> = {
    steady: proveSteady,
    'black-friday': proveBlackFriday,
    'black-friday-faults': proveBlackFridayWithFaults,
    overload: proveOverload,
    soak: proveSoak,
    audit: (platform) => proveAudit(platform, options.run),
  };
  return withProofPlatform({ ...options, size }, context, proofs[line]);
}

/** Prints the result, keeps it beside the runs, and sets the exit code of its verdict. */
async function showResult(
  result: ProofResult,
  options: PlatformOptions,
  { terminal }: CommandContext,
): Promise<void> {
  const directory = join(runsDirOf(options), newRunId(`proof-${result.line}`, new Date(), Math.random()));
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'proof.json');
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  terminal.print(renderProof(result, terminal.colors));
  terminal.printJson(result);
  terminal.say(`the result is in ${file}`);
  process.exitCode = exitCodes[result.verdict];
}
