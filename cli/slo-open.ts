import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Command } from 'commander';
import { askBrokers } from '../chaos/index.ts';
import { isSourceUrl, type Sources, startPage, withoutCredentials } from '../observability/page/index.ts';
import type { Target } from '../targets/target.ts';
import { findOnPath } from '../tools/index.ts';
import { auditUser } from '../topology/derive/index.ts';
import {
  createCommandTerminal,
  type PlatformOptions,
  runsDirOf,
  wholeNumber,
  withTargetOptions,
} from './command.ts';
import { UsageError } from './failure.ts';
import { repositoryRoot } from './paths.ts';
import { attachRunning } from './platform.ts';

type OpenOptions = PlatformOptions & {
  readonly port: number;
  readonly browser: boolean;
  readonly prometheus?: string;
  readonly alertmanager?: string;
  readonly jaeger?: string;
};

/** `stormproof slo open`: the page that answers "are we keeping our promise?", until it is stopped. */
export function addSloOpen(slo: Command): void {
  withTargetOptions(
    slo.command('open').description('serve the page that shows how the promises stand, and open it'),
  )
    .option('--port <n>', 'which port of this machine; 0 finds one', wholeNumber(0, 65_535), 0)
    .option('--no-browser', 'only print where it is')
    .option('--prometheus <url>', 'ask this Prometheus, and no platform; name the others as well')
    .option('--alertmanager <url>', 'with --prometheus: where alerts are silenced')
    .option('--jaeger <url>', 'with --prometheus: where traces are')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof slo open
  $ stormproof slo open --target kubernetes --no-browser --port 8080
  $ stormproof slo open --prometheus http://127.0.0.1:9090 --jaeger http://127.0.0.1:16686

Only this machine can connect. The page is asked for while somebody looks at it, and changes nothing. Ends with Ctrl-C.`,
    )
    .action(async (options: OpenOptions) => {
      const terminal = createCommandTerminal(options);
      const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      const { sources, close } = await sourcesOf(options);
      const page = await startPage({
        sources,
        listen: { host: '127.0.0.1', port: options.port },
        runbooksDir: join(repositoryRoot, 'docs/runbooks'),
        nowMs: Date.now,
      });
      terminal.print(page.url);
      terminal.printJson({ url: page.url, sources });
      terminal.say('Ctrl-C ends it');
      if (options.browser && terminal.isInteractive) await openBrowser(page.url);
      await stopped;
      await page.close();
      await close();
    });
}

/** Whom the page asks, and what must be let go of afterwards: ways into a cluster. */
async function sourcesOf(
  options: OpenOptions,
): Promise<{ readonly sources: Sources; close(): Promise<void> }> {
  const runsDir = runsDirOf(options);
  const { prometheus, alertmanager, jaeger } = options;
  if (prometheus !== undefined) {
    const sources = {
      prometheus: url(prometheus),
      alertmanager: url(alertmanager),
      jaeger: url(jaeger),
      runsDir,
    };
    return { sources, close: async () => {} };
  }
  if (alertmanager !== undefined || jaeger !== undefined)
    throw new UsageError('--alertmanager and --jaeger need --prometheus');
  const target = await attachRunning(options);
  const addresses = await target.addresses();
  if (addresses.prometheus === '')
    throw new UsageError('this platform has no Prometheus of its own; name yours (--prometheus)');
  return {
    sources: {
      prometheus: addresses.prometheus,
      alertmanager: addresses.alertmanager === '' ? undefined : addresses.alertmanager,
      ...(await sourcesAt(target)),
      runsDir,
    },
    close: () => target.close(),
  };
}

/** Who knows the way of an order on a target. */
export async function sourcesAt(target: Target): Promise<Pick<Sources, 'jaeger' | 'streams'>> {
  const { jaeger, orderAdmin } = await target.addresses();
  const streams = {
    orderAdmin,
    askBrokers: <T>(ask: (manager: JetStreamManager) => Promise<T>) =>
      askBrokers(target, ask, { user: auditUser }),
  };
  return { jaeger: jaeger === '' ? undefined : jaeger, streams };
}

/** @throws UsageError for what is no http(s) URL, or has a password in it */
function url(text: string): string;
function url(text: string | undefined): string | undefined;
function url(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!isSourceUrl(text))
    throw new UsageError(`${withoutCredentials(text)} is no http(s) URL without user and password`);
  return text.replace(/\/+$/, '');
}

/** Opens the reader's browser where there is one; the address stands in the terminal anyway. */
async function openBrowser(address: string): Promise<void> {
  const { DISPLAY = '', WAYLAND_DISPLAY = '' } = process.env;
  if (DISPLAY === '' && WAYLAND_DISPLAY === '') return;
  const opener = await findOnPath('xdg-open', process.env);
  if (opener === undefined) return;
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  child.on('error', () => {
    // It was there a moment ago; the address is printed.
  });
  child.unref();
}
