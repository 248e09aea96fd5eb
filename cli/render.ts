import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { partsOf } from '../infra/manifests/index.ts';
import { preflightStack } from '../infra/preflight/preflight.ts';
import { renderKustomization, renderParts } from '../infra/render.ts';
import { renderFinding } from '../topology/preflight/preflight.ts';
import { createContext } from './command.ts';
import { UsageError } from './failure.ts';
import { loadStack } from './stack.ts';

/** `stormproof render`: the YAML that `pulumi up` would create, without a cluster or Pulumi. */
export function registerRender(program: Command): void {
  program
    .command('render')
    .description('write the Kubernetes YAML that the Pulumi program would create')
    .option('--stack <name>', 'the stack of infra/stacks/Pulumi.<name>.yaml', 'dev')
    .option('--out <dir>', 'write a file for each part and a kustomization.yaml; default: to standard output')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof render --stack production --out deploy/production
  $ stormproof render | kubectl apply --server-side -f -

Equal configurations give equal bytes, so the files can be kept in git and applied from there.`,
    )
    .action(async (options: { stack: string; out?: string }) => {
      const { terminal } = createContext({});
      const stack = await loadStack(options.stack);
      const parts = partsOf(stack);
      const findings = preflightStack(
        stack,
        parts.flatMap(({ manifests }) => manifests),
      );
      for (const finding of findings) terminal.say(renderFinding(finding));
      if (findings.some(({ severity }) => severity === 'error')) {
        throw new UsageError(`preflight refuses the stack ${options.stack}; nothing was written`);
      }
      const files = renderParts(parts);
      if (options.out === undefined) {
        process.stdout.write(files.map(({ text }) => text).join(''));
        return;
      }
      const dir = resolve(options.out);
      await mkdir(dir, { recursive: true });
      for (const { name, text } of [...files, renderKustomization(files)])
        await writeFile(join(dir, name), text);
      terminal.say(`${files.length} files in ${dir}; apply them with: kubectl apply --server-side -k ${dir}`);
    });
}
