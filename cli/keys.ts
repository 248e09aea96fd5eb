import type { Command } from 'commander';
import { stringify } from 'yaml';
import { createBrokerKeys } from '../infra/broker-keys.ts';
import { brokerUserManifests } from '../infra/manifests/broker-users.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { brokerUsersOf } from '../topology/derive/index.ts';
import { brokerKeysOf } from '../topology/kubernetes/index.ts';
import {
  createContext,
  type PlatformOptions,
  runDirOf,
  withLocalTargetOnly,
  withPlatformOptions,
} from './command.ts';
import { loadStack } from './stack.ts';

/** `stormproof keys`: the keys by which the brokers let services and tools in. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys by which the brokers let services and tools in');
  const rotate = keys
    .command('rotate')
    .description(
      'give every service and tool another key, while orders go on; the old ones are worth nothing then',
    );
  withLocalTargetOnly(withPlatformOptions(rotate), 'docs/how-to/rotate-keys.md')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof keys rotate

Where the brokers speak TLS (up --tls), certificates and the authority that signs them change too. Each service connects
anew, within two seconds; what is on its way then is published again. Interrupted, everybody still has a key that is good.`,
    )
    .action(async (options: PlatformOptions) => {
      const { terminal } = createContext(options);
      const target = await attachLocalTarget({ runDir: runDirOf(options) });
      const { users, cutOff } = await target.rotateKeys({ onStep: (step) => terminal.say(step) });
      for (const user of cutOff)
        terminal.warn(`${user} was cut off: it did not change to its new key in time`);
      terminal.print(`${users.length} users have other keys: ${users.join(', ')}`);
      terminal.printJson({ users, cutOff });
    });

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
