import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseStackConfig, StackConfigError } from '../infra/config.ts';
import { createStack, type Stack } from '../infra/stack.ts';
import { readStackFile } from '../infra/stack-file.ts';
import { platform } from '../topology/index.ts';
import { UsageError } from './failure.ts';
import { repositoryRoot } from './paths.ts';

const stacksDir = join(repositoryRoot, 'infra', 'stacks');

/**
 * The stack that `Pulumi.<name>.yaml` configures.
 *
 * @throws UsageError when there is no such file, or with every problem of its configuration
 */
export async function loadStack(name: string): Promise<Stack> {
  const text = await readFile(join(stacksDir, `Pulumi.${name}.yaml`), 'utf8').catch(
    async (cause: unknown) => {
      const files = await readdir(stacksDir);
      const known = files.map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1]).filter(Boolean);
      throw new UsageError(
        `there is no stack ${JSON.stringify(name)}; there are ${known.sort().join(', ')}`,
        {
          cause,
        },
      );
    },
  );
  try {
    return createStack(name, parseStackConfig(readStackFile(text), platform), platform);
  } catch (error) {
    if (error instanceof StackConfigError) throw new UsageError(`stack ${name}: ${error.message}`);
    throw error;
  }
}
