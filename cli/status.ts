import type { Command } from 'commander';
import type { LocalTarget } from '../targets/local/index.ts';
import { type Majority, readMajority } from '../targets/majority.ts';
import type { Instance } from '../targets/target.ts';
import { createCommandTerminal, type PlatformOptions, runDirOf, withTargetOptions } from './command.ts';
import { attachKubernetes } from './kubernetes.ts';
import { renderMajorityLoss } from './majority-text.ts';
import { attachOrNothing } from './platform.ts';
import type { Terminal } from './terminal.ts';

/** `stormproof status`: exit code 0 when everything is ready, 1 otherwise. */
export function registerStatus(program: Command): void {
  withTargetOptions(program.command('status').description('show what runs, and whether it is ready'))
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof status
  $ stormproof status --json | jq '.instances[] | select(.isReady | not)'
  $ stormproof status --json | jq .brokers.hasMajority
  $ stormproof status --target kubernetes`,
    )
    .action(async (options: PlatformOptions) => {
      const terminal = createCommandTerminal(options);
      const isReady = await (options.target === 'kubernetes'
        ? printClusterStatus(options, terminal)
        : printLocalStatus(options, terminal));
      if (!isReady) process.exitCode = 1;
    });
}

/** @returns whether every instance is ready, and the brokers agree on who leads */
export async function printStatus(target: LocalTarget, terminal: Terminal): Promise<boolean> {
  const [{ phase, instances }, addresses] = await Promise.all([target.status(), target.addresses()]);
  const isUp = phase === 'up' && instances.some(({ state }) => state !== 'stopped');
  const brokers = isUp ? await readMajority(target) : undefined;
  terminal.print(renderInstances(instances, terminal.colors));
  if (brokers !== undefined) {
    printMajorityLoss(brokers, terminal);
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
  terminal.printJson({ phase, instances, addresses, ...(brokers === undefined ? {} : { brokers }) });
  return brokers !== undefined && isWell(instances, brokers);
}

function printMajorityLoss(brokers: Majority, { print, colors }: Terminal): void {
  const loss = renderMajorityLoss(brokers);
  if (loss !== undefined) print(`\n${colors.red(loss)}`);
}

function isWell(instances: readonly Instance[], { hasMajority, leaderless }: Majority): boolean {
  return hasMajority && leaderless.length === 0 && instances.every(({ isReady }) => isReady);
}

async function printLocalStatus(options: PlatformOptions, terminal: Terminal): Promise<boolean> {
  const target = await attachOrNothing(runDirOf(options));
  if (target !== undefined) return printStatus(target, terminal);
  terminal.print(`no platform was started in ${runDirOf(options)}; start one with \`up\``);
  terminal.printJson({ phase: 'absent', instances: [] });
  return false;
}

/** Addresses are left out: but for the order service's, they are this process's own and end with it. */
async function printClusterStatus(options: PlatformOptions, terminal: Terminal): Promise<boolean> {
  const target = await attachKubernetes(options);
  try {
    const [instances, brokers] = await Promise.all([target.allInstances(), readMajority(target)]);
    terminal.print(renderInstances(instances, terminal.colors));
    printMajorityLoss(brokers, terminal);
    terminal.print(`\n${target.description}`);
    terminal.printJson({ phase: 'up', instances, brokers, target: target.description });
    return isWell(instances, brokers);
  } finally {
    await target.close();
  }
}

/** One line an instance; which process it is, or which pod. */
function renderInstances(instances: readonly Instance[], colors: Terminal['colors']): string {
  const where = instances.some(({ pod }) => pod !== undefined) ? 'pod' : 'pid';
  const width = Math.max(8, ...instances.map((instance) => String(instance[where] ?? '').length)) + 2;
  const row = (name: string, at: string, cpu: string, memory: string) =>
    name.padEnd(18) + at.padStart(width) + cpu.padStart(11) + memory.padStart(10);
  const rows = instances.map((instance) => {
    const health = instance.isReady
      ? colors.green('ready')
      : colors.red(
          instance.state === 'running' || instance.pod !== undefined
            ? `not ready: ${instance.missing.join(', ')}`
            : instance.state,
        );
    const cpu = instance.cpuUs === undefined ? '' : `${(instance.cpuUs / 1e6).toFixed(1)} s`;
    const memory = instance.rssBytes === undefined ? '' : `${Math.round(instance.rssBytes / 2 ** 20)} MiB`;
    return `${row(instance.name, String(instance[where] ?? ''), cpu, memory)}  ${health}`;
  });
  return [colors.bold(row('instance', where, 'CPU', 'memory')), ...rows].join('\n');
}
