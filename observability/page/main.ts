/**
 * The page as a program of its own, for a pod: it is told by its environment (config.ts) whom to ask, tells where it
 * listens in a line of JSON, and ends on SIGTERM or SIGINT. `/livez` is for the probe. Exit code 2 means a configuration
 * that is not valid, with every problem.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PageConfigError, parsePageConfig } from './config.ts';
import { startPage } from './server.ts';

try {
  const { sources, listen, hosts, runbooksDir } = parsePageConfig(process.env);
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const page = await startPage({
    sources,
    listen,
    hosts,
    runbooksDir: runbooksDir ?? fileURLToPath(new URL('../../docs/runbooks', import.meta.url)),
    nowMs: Date.now,
  });
  process.stdout.write(`${JSON.stringify({ message: 'started', url: page.url, sources })}\n`);
  await stopped;
  await page.close();
} catch (error) {
  if (!(error instanceof PageConfigError)) throw error;
  process.stderr.write(`${JSON.stringify({ message: error.message, problems: error.problems })}\n`);
  process.exitCode = 2;
}
