import { dirname } from 'node:path';
import { type Env, findOnPath, runProgram } from '../../tools/index.ts';
import { NodeError } from './errors.ts';

/** Where distributions put the programs that a node needs; a user's own PATH may lack half of it. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where distributions put the plugins of containernetworking, in the order of looking. */
export const pluginFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** The first of the folders that has the plugins of containernetworking; undefined when none has. */
export async function findPluginFolder(folders: readonly string[]): Promise<string | undefined> {
  const bridge = await findOnPath('bridge', { PATH: folders.join(':') });
  return bridge === undefined ? undefined : dirname(bridge);
}

/**
 * Runs a program of the system to its end.
 *
 * @returns what it printed
 * @throws NodeError `refused` with its words when it fails
 */
export async function runSystemProgram(
  argv: readonly string[],
  options: { readonly signal?: AbortSignal | undefined; readonly env?: Env } = {},
): Promise<string> {
  const [program = '', ...args] = argv;
  const env = { PATH: systemPath, ...options.env };
  const { exitCode, output } = await runProgram(program, args, { env, cwd: '/', signal: options.signal });
  options.signal?.throwIfAborted();
  if (exitCode === 0) return output;
  throw new NodeError('refused', `${program} failed with exit code ${exitCode}:\n${output.trimEnd()}`);
}
