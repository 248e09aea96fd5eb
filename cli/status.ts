import type { Command } from 'commander';
import type { LocalTarget } from '../targets/local/index.ts';
import type { Instance } from '../targets/target.ts';
import { createCommandTerminal, type PlatformOptions, runDirOf, withPlatformOptions } from './command.ts';
import { attachOrNothing } from './platform.ts';
import type { Terminal } from './terminal.ts';

/** `stormproof status`: exit code 0 when everything is ready, 1 otherwise. */
export function registerStatus(program: Command): void {
  withPlatformOptions(program.command('status').description('show what runs, and whether it is ready'))
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof status
  $ stormproof status --json | jq '.instances[] | select(.isReady | not)'`,
    )
    .action(async (options: PlatformOptions) => {
      const terminal = createCommandTerminal(options);
      const target = await attachOrNothing(runDirOf(options));
      if (target === undefined) {
        terminal.print(`no platform was started in ${runDirOf(options)}; start one with \`up\``);
        terminal.printJson({ phase: 'absent', instances: [] });
      }
      const isReady = target !== undefined && (await printStatus(target, terminal));
      if (!isReady) process.exitCode = 1;
    });
}

/** @returns whether every instance is ready */
export async function printStatus(target: LocalTarget, terminal: Terminal): Promise<boolean> {
  const [{ phase, instances }, addresses] = await Promise.all([target.status(), target.addresses()]);
  terminal.print(renderInstances(instances, terminal.colors));
  if (phase === 'up' && instances.some(({ state }) => state !== 'stopped')) {
    terminal.print(
      [
        '',
        ...addresses.order.map((url) => `orders      ${url}/v1/orders   (${url}/openapi.json)`),
        `traces      ${addresses.jaeger}`,
        `metrics     ${addresses.prometheus}`,
        `alerts      ${addresses.alertmanager}`,
        `brokers     ${addresses.nats.join(',')}`,
      ].join('\n'),
    );
  }
  terminal.printJson({ phase, instances, addresses });
  return phase === 'up' && instances.every((instance) => instance.isReady);
}

function renderInstances(instances: readonly Instance[], colors: Terminal['colors']): string {
  const rows = instances.map((instance) => {
    const health = instance.isReady
      ? colors.green('ready')
      : colors.red(
          instance.state === 'running' ? `not ready: ${instance.missing.join(', ')}` : instance.state,
        );
    const cpu = instance.cpuUs === undefined ? '' : `${(instance.cpuUs / 1e6).toFixed(1)} s`;
    const memory = instance.rssBytes === undefined ? '' : `${Math.round(instance.rssBytes / 2 ** 20)} MiB`;
    return `${instance.name.padEnd(18)}${String(instance.pid ?? '').padStart(8)}${cpu.padStart(11)}${memory.padStart(10)}  ${health}`;
  });
  const header = `${'instance'.padEnd(18)}${'pid'.padStart(8)}${'CPU'.padStart(11)}${'memory'.padStart(10)}`;
  return [colors.bold(header), ...rows].join('\n');
}
