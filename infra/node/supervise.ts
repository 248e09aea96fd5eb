import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon } from './daemons.ts';
import { NodeError } from './errors.ts';
import type { Layout } from './layout.ts';
import { insideAll } from './namespaces.ts';
import { findMarked, startMarked } from './processes.ts';

const pollMs = 100;
const tailLines = 15;

/** Starts daemons of a node, each with a log of its own. They become children of the node's first process. */
export async function startDaemons(
  daemons: readonly Daemon[],
  layout: Layout,
  namespacePid: number,
): Promise<void> {
  for (const { name, argv, place } of daemons) {
    const command = place === 'node' ? insideAll(namespacePid, ['setsid', '--fork', '--', ...argv]) : argv;
    await startMarked(command, { runDir: layout.runDir, logFile: logFileOf(layout, name) });
  }
}

/** Those of the daemons that do not run. What is about to become one of them counts as running. */
export function endedDaemons<D extends Pick<Daemon, 'argv'>>(
  daemons: readonly D[],
  runDir: string,
): readonly D[] {
  const running = findMarked(runDir).map(({ argv }) => argv.join('\0'));
  return daemons.filter(({ argv }) => !running.some((command) => command.endsWith(argv.join('\0'))));
}

/**
 * Waits until a condition holds, as long as the daemons that are to bring it about run.
 *
 * @param options.what completes "waited in vain for ..."
 * @throws NodeError `not-ready`: a daemon ended, named with the end of its log, or the deadline (a time of
 *   `performance.now`) has passed
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: {
    readonly what: string;
    readonly layout: Layout;
    readonly daemons: readonly Daemon[];
    readonly deadline: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { what, layout, daemons, deadline, signal } = options;
  // The kernel shows neither arguments nor environment of a process that is just becoming its program: one look may
  // miss it, two do not.
  let missing: readonly Daemon[] = [];
  while (!(await condition())) {
    const ended = endedDaemons(daemons, layout.runDir);
    const [surely] = ended.filter((daemon) => missing.includes(daemon));
    if (surely !== undefined) throw await hasEnded(layout, surely);
    missing = ended;
    if (performance.now() >= deadline) {
      throw new NodeError('not-ready', `waited in vain for ${what}; the logs are in ${layout.logs}`);
    }
    await delay(pollMs, undefined, { signal });
  }
}

async function hasEnded(layout: Layout, { name }: Daemon): Promise<NodeError> {
  const path = logFileOf(layout, name);
  const log = (await readFile(path, 'utf8').catch(() => ''))
    .trimEnd()
    .split('\n')
    .slice(-tailLines)
    .join('\n');
  return new NodeError('not-ready', `${name} has ended. The end of ${path}:\n${log}`);
}

function logFileOf(layout: Layout, name: string): string {
  return join(layout.logs, `${name}.log`);
}
