import type { Command } from 'commander';
import { preflightStack } from '../infra/preflight/preflight.ts';
import { platform } from '../topology/index.ts';
import type { Finding } from '../topology/preflight/finding.ts';
import { preflight, renderFinding } from '../topology/preflight/preflight.ts';
import { createContext } from './command.ts';
import { loadStack } from './stack.ts';

/** `stormproof preflight`: exit code 1 when something would be refused. */
export function registerPreflight(program: Command): void {
  program
    .command('preflight')
    .description('say what in the topology, or in a stack for Kubernetes, endangers orders')
    .option('--stack <name>', 'the stack of infra/stacks/Pulumi.<name>.yaml; without it the topology alone')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof preflight
  $ stormproof preflight --stack production
  $ stormproof preflight --stack production --json | jq '.[] | select(.severity == "error")'

Needs no cluster. "up" and "pulumi up" refuse what is called an error here.`,
    )
    .action(async (options: { stack?: string; json?: boolean }) => {
      const { terminal } = createContext(options);
      const findings =
        options.stack === undefined ? preflight(platform) : preflightStack(await loadStack(options.stack));
      terminal.print(renderFindings(findings));
      terminal.printJson(findings);
      if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
    });
}

function renderFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no rule objects';
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return [...findings.map(renderFinding), `${errors} error(s), ${findings.length - errors} warning(s)`].join(
    '\n',
  );
}
