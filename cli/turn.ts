import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TargetError } from '../targets/target.ts';
import { withLockOrRefuse } from '../tools/index.ts';
import { type PlatformOptions, runsDirOf } from './command.ts';
import { UsageError } from './failure.ts';

/**
 * Runs `body` as the only one that breaks or heals the platform of a state directory, which is made if it is missing:
 * a second storm, or an `up`, would take the faults of a storm that is under way for leftovers and heal them.
 *
 * @throws TargetError `busy` at once when another has the turn; UsageError when the directory cannot be written to
 */
export async function takeTurn<T>(options: PlatformOptions, body: () => Promise<T>): Promise<T> {
  const directory = resolve(options.dir);
  const runsDir = runsDirOf(options);
  try {
    await mkdir(runsDir, { recursive: true });
    await access(runsDir, constants.W_OK);
  } catch (cause) {
    throw new UsageError(
      `--dir: ${directory} is no directory that can be written to (${(cause as Error).message})`,
      { cause },
    );
  }
  const refuse = (holder: string) =>
    new TargetError(
      'busy',
      `another run or \`up\` (process ${holder}) is at work in ${directory}; wait for it, or use another --dir`,
    );
  return withLockOrRefuse(join(runsDir, 'turn.lock'), refuse, body);
}
