import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import {
  explainTools,
  findGo,
  findOnPath,
  kubernetesTools,
  platformTools,
  runProgram,
  toolCacheOf,
} from '../tools/index.ts';
import { createCommandTerminal } from './command.ts';
import { type Check, checkMachine, type Located, type MachineFacts } from './doctor-checks.ts';
import { repositoryRoot } from './paths.ts';
import type { Terminal } from './terminal.ts';

/**
 * `stormproof doctor`: what is used from where, and what keeps a storm from running. Changes nothing. Exit code 0 when
 * a storm can run, else 1.
 */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('show which programs are used from where, and what is missing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof doctor
  $ stormproof doctor --json
  $ STORMPROOF_K6=/opt/k6/bin/k6 stormproof doctor    use a k6 of your own

Each program is taken from its STORMPROOF_<NAME> variable, else from PATH if it has the same version,
else from the cache, and else it is built once, for which Go is needed.`,
    )
    .action(async (options: { json?: boolean }) => {
      const terminal = createCommandTerminal(options);
      const checks = checkMachine(await examineMachine(process.env));
      const isReady = checks.every((check) => check.state !== 'problem');
      terminal.print(renderChecks(checks, terminal.colors));
      terminal.printJson({ isReady, checks });
      process.exitCode = isReady ? 0 : 1;
    });
}

async function examineMachine(env: NodeJS.ProcessEnv): Promise<MachineFacts> {
  const [npm, git, go, tools, nodeTools, disks] = await Promise.all([
    locate('npm', env),
    locate('git', env),
    findGo(env).catch((error: Error) => ({ problem: error.message })),
    explainTools(platformTools, env),
    explainTools(kubernetesTools, env),
    Promise.all([...new Set([toolCacheOf(env), repositoryRoot])].map(measureDisk)),
  ]);
  return {
    node: { version: process.versions.node, path: process.execPath },
    npm,
    git,
    go,
    cores: availableParallelism(),
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    disks,
    tools,
    nodeTools,
  };
}

async function locate(name: string, env: NodeJS.ProcessEnv): Promise<Located | undefined> {
  const path = await findOnPath(name, env);
  if (path === undefined) return undefined;
  const { output } = await runProgram(path, ['--version'], { env, timeoutMs: 10_000 });
  return { path, version: /\d+\.\d+[\w.-]*/.exec(output)?.[0] ?? 'unknown' };
}

/** The cache's folder may not be there yet; the disk is that of the nearest folder above that is. */
async function measureDisk(path: string): Promise<{ readonly path: string; readonly freeBytes: number }> {
  let folder = path;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return { path, freeBytes: bavail * bsize };
}

/** The report for a person: a table for the machine, one for the programs, and what to do next. */
function renderChecks(checks: readonly Check[], colors: Terminal['colors']): string {
  const signs = { ok: colors.green('ok'), note: colors.yellow('--'), problem: colors.red('!!') };
  const width = (pick: (check: Check) => string) => Math.max(...checks.map((check) => pick(check).length));
  const subjectWidth = width((check) => check.subject);
  const versionWidth = width((check) => check.version ?? '');
  const sourceWidth = width((check) => check.source ?? '');
  const line = (check: Check) => {
    const source = check.group === 'machine' ? [] : [(check.source ?? '').padEnd(sourceWidth)];
    const cells = [
      signs[check.state],
      check.subject.padEnd(subjectWidth),
      (check.version ?? '').padEnd(versionWidth),
      ...source,
      colors.dim([check.path, check.detail].filter((part) => part !== undefined).join('  ')),
    ];
    return `  ${cells.join('  ')}`.trimEnd();
  };
  const table = (title: string, group: Check['group']) => [
    colors.bold(title),
    ...checks.filter((check) => check.group === group).map(line),
    '',
  ];
  const problems = checks.filter((check) => check.state === 'problem');
  const ending =
    problems.length === 0
      ? [`${colors.green('Ready.')} Start with: ./stormproof storm`]
      : [colors.red('Not ready:'), ...problems.map((check) => `  ${check.subject}: ${check.fix}`)];
  return [
    ...table('Machine', 'machine'),
    ...table('External programs', 'program'),
    ...table('Only for a Kubernetes node on this machine (`node up`)', 'node'),
    ...ending,
  ].join('\n');
}
