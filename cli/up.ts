import type { Command } from 'commander';
import type { ReplicaCounts } from '../topology/index.ts';
import {
  alertScaleOption,
  apiKeysOption,
  createContext,
  type PlatformOptions,
  proxiedEdgesOption,
  replicasOption,
  tlsOption,
  withLocalTargetOnly,
  withPlatformOptions,
} from './command.ts';
import { bringUp, prepareLocalTarget } from './platform.ts';
import { printStatus } from './status.ts';
import { takeTurn } from './turn.ts';

/** `stormproof up`: the platform on this machine, ready, with the data it had. */
export function registerUp(program: Command): void {
  const command = program
    .command('up')
    .description('start the platform on this machine, or what of it does not run');
  withLocalTargetOnly(withPlatformOptions(command), 'pulumi up')
    .option('--no-chaos', 'connect services directly instead of through proxies that can disturb them')
    .addOption(proxiedEdgesOption())
    .addOption(replicasOption())
    .addOption(alertScaleOption())
    .addOption(tlsOption())
    .addOption(apiKeysOption())
    .option('--disks', "keep the brokers' files on disks that can be made to fail (Linux, as root)")
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof up
  $ stormproof up --json | jq -r '.addresses.order[0]'
  $ stormproof up --dir /tmp/second    a second platform beside the first
  $ stormproof up --proxied-edges payment-psp,nats-nats
  $ stormproof up --alert-scale 60       an alert that takes an hour in operation shows within a minute
  $ stormproof up --replicas order=2,payment=2    orders go to both; each pays a share of them

Each proxy costs CPU with every order that passes it; measure what the platform can do with --no-chaos.

Data of an earlier platform is resumed; what a crashed one left running is stopped first.`,
    )
    .action(
      async (
        options: PlatformOptions & {
          alertScale?: number;
          apiKeys?: boolean;
          chaos: boolean;
          disks?: boolean;
          proxiedEdges?: string[];
          replicas?: ReplicaCounts;
          tls?: boolean;
        },
      ) => {
        const context = createContext(options);
        const target = await prepareLocalTarget(options, context);
        await takeTurn(options, () => bringUp(target, options, context));
        await printStatus(target, context.terminal);
      },
    );
}
