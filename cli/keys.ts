import type { Command } from 'commander';
import { stringify } from 'yaml';
import { createBrokerKeys } from '../infra/broker-keys.ts';
import { brokerUserManifests } from '../infra/manifests/broker-users.ts';
import { brokerUsersOf } from '../topology/derive/index.ts';
import { brokerKeysOf } from '../topology/kubernetes/index.ts';
import { loadStack } from './stack.ts';

/** `stormproof keys`: the keys by which the brokers let services and tools in. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys by which the brokers let services and tools in');
  keys
    .command('secrets')
    .description(
      'make the keys of a stack and print them as Secrets, for clusters that `pulumi up` does not fill',
    )
    .option('--stack <name>', 'the stack of infra/stacks/Pulumi.<name>.yaml', 'dev')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof keys secrets --stack production | kubectl create -f -

Each time they are other keys: \`kubectl create\` leaves alone what is there. Nothing is written to a file.`,
    )
    .action(async (options: { stack: string }) => {
      const stack = await loadStack(options.stack);
      const manifests = brokerUserManifests(stack);
      for (const { name } of brokerUsersOf(stack.topology)) {
        const manifest = manifests.find(({ metadata }) => metadata.name === brokerKeysOf(name).secret);
        process.stdout.write(`---\n${stringify({ ...manifest, stringData: createBrokerKeys(name) })}`);
      }
    });
}
